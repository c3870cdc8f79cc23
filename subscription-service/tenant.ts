import { randomBytes } from "node:crypto";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { followLog, type LogFollower } from "#broker/log/follow-log";
import { PolicyIndex } from "#decision/policy-index";
import { toLetters } from "#schemas/letters";
import { openEntry } from "#schemas/sealed-entry";
import { deriveTenantKeys, type TenantKeys } from "#schemas/tenant-keys";
import type { WebhookClient } from "./delivery/webhook-client.ts";
import { handOut } from "./domain/hand-out.ts";
import type { StreamOrigins } from "./domain/fan-out-record.ts";
import type { Feed, TenantContext } from "./http/tenant-context.ts";
import { Arrivals } from "./streams/arrivals.ts";
import { EventLog } from "./streams/event-log.ts";
import { EventQueue } from "./streams/event-queue.ts";
import { HandOutBarrier } from "./streams/hand-out-barrier.ts";
import { HandOutLease } from "./streams/hand-out-lease.ts";
import { NotificationLog } from "./streams/notification-log.ts";
import { PatientRegister } from "./streams/patient-register.ts";
import { PolicyLog } from "./streams/policy-log.ts";
import { RecordLog } from "./streams/record-log.ts";
import { ensureTenantStreams, POLICY } from "./streams/tenant-streams.ts";
import { Writer } from "./streams/writer.ts";
import { type Trouble, watchForTrouble } from "./tenant-trouble.ts";
import type { TenantSettings } from "./tenants-file.ts";
import { startWebhooks } from "./webhooks.ts";

const PROCESS_NAME_BYTES = 8;

export type TenantOptions = {
  readonly connection: NatsConnection;
  readonly settings: TenantSettings;
  readonly replicas: number;
  readonly maxBytes: number;
  readonly client: WebhookClient;
  readonly now: () => number;
  readonly log: Logger;
};

/** A tenant at work: its policy, its writer and its ways out. */
export interface Tenant extends AsyncDisposable {
  readonly context: TenantContext;
  /** Rejects when nothing may be decided or handed out here now. */
  readonly check: () => Promise<void>;
}

type Parts = TenantOptions & {
  readonly manager: JetStreamManager;
  readonly keys: TenantKeys;
  readonly policy: PolicyIndex;
  readonly trouble: Trouble;
  /** Those who want to know when policy has changed. */
  readonly onPolicy: Set<() => void>;
};

/** Opens a tenant: reads its policy to the end first, then lets its writer go on where it was. */
export async function openTenant(options: TenantOptions): Promise<Tenant> {
  const { connection, settings, log } = options;
  await using stack = new AsyncDisposableStack();
  const keys = deriveTenantKeys(Buffer.from(settings.masterKey, "base64url"));
  const manager = await jetstreamManager(connection);
  const { events, policy: policyStream, out } = await ensureTenantStreams(manager, options);
  const policy = new PolicyIndex({
    openPatient: (alias, sealed) => openEntry(keys.table, alias, sealed),
  });
  const parts: Parts = {
    ...options,
    manager,
    keys,
    policy,
    trouble: watchForTrouble(connection, log),
    onPolicy: new Set(),
  };

  const lease = stack.use(await registerLease(parts));
  const follower = stack.use(await followPolicy(parts));
  const writer = stack.use(
    await startWriter(parts, { events: events.created, policy: policyStream.created }),
  );
  const arrivals = stack.use(await Arrivals.follow(connection, parts.trouble.report));
  const policyLog = openPolicyLog(parts, follower, writer);
  const epoch = Date.parse(out.created).toString(36);
  const feed = createFeed(parts, { arrivals, writer, lease, epoch });
  const webhooks = stack.use(
    startWebhooks({ ...parts, policyLog, feed, wake: (id) => arrivals.wake(id) }),
  );
  // In this order: a revision is acknowledged when all that was being sent is reconsidered.
  for (const react of [
    () => writer.wake(),
    () => webhooks.reconcile(),
    () => lease.acknowledge(),
  ]) {
    parts.onPolicy.add(react);
    react();
  }

  const patients = new PatientRegister(keys, policy, policyLog);
  const { controller, name, sharing } = settings;
  const logs = { policyLog, patients, events: new EventLog(manager.jetstream()), feed, webhooks };
  const context: TenantContext = { controller, name, sharing, keys, policy, ...logs };
  const owned = stack.move();
  const check = async (): Promise<void> => {
    await parts.trouble.check();
    if (!lease.isValid) throw new Error("the lease to hand out has lapsed");
  };
  return { context, check, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A change of policy is in force when no older decision can be committed, and none handed out. */
function openPolicyLog(
  { connection, manager }: Parts,
  follower: LogFollower,
  writer: Writer,
): PolicyLog {
  const barrier = new HandOutBarrier(manager);
  return new PolicyLog(connection, follower, [
    (revision, timeoutMs) => writer.watermark(revision, timeoutMs),
    (revision, timeoutMs) => barrier.passed(revision, timeoutMs),
  ]);
}

function registerLease({ connection, policy, trouble }: Parts): Promise<HandOutLease> {
  const process = toLetters(randomBytes(PROCESS_NAME_BYTES));
  return HandOutLease.register({
    connection,
    process,
    applied: () => policy.revision,
    mayRenew: () => !trouble.found(),
    clock: () => performance.now(),
  });
}

function followPolicy({ connection, policy, trouble, onPolicy }: Parts): Promise<LogFollower> {
  const decoder = new TextDecoder();
  return followLog({
    connection,
    stream: POLICY,
    subjects: "pol.>",
    onMessage: ({ subject, sequence, data }) => {
      policy.apply({ subject, sequence, value: JSON.parse(decoder.decode(data)) });
      for (const changed of onPolicy) changed();
    },
    onFailure: trouble.report,
  });
}

function startWriter(
  { connection, manager, policy, settings, now, trouble, log }: Parts,
  origins: StreamOrigins,
): Promise<Writer> {
  return Writer.start({
    connection,
    policy,
    records: new RecordLog(connection, manager, origins),
    openQueue: (from, onArrival) =>
      EventQueue.open({
        manager,
        controller: settings.controller,
        from,
        onArrival,
        onFailure: trouble.report,
      }),
    now,
    mayDecide: () => !trouble.found(),
    onFailure: trouble.report,
    onSetback: (setback) => log.warn({ setback }, "fan-out"),
  });
}

type FeedParts = {
  readonly arrivals: Arrivals;
  readonly writer: Writer;
  readonly lease: HandOutLease;
  readonly epoch: string;
};

function createFeed(
  { manager, policy, keys, trouble, now }: Parts,
  { arrivals, writer, lease, epoch }: FeedParts,
): Feed {
  const notifications = new NotificationLog(manager);
  return {
    epoch,
    read: (subscription, after, limit) => notifications.read(subscription, after, limit),
    handOut: (subscription, stored) =>
      handOut(subscription, stored, {
        policy,
        keys,
        now: now(),
        policyIsCurrent: lease.isValid && !trouble.found(),
      }),
    isCurrent: () => !trouble.found(),
    lastNumber: (subscription) => writer.lastNumber(subscription),
    version: (subscription) => arrivals.version(subscription),
    waitForNext: (subscription, version, options) => arrivals.since(subscription, version, options),
  };
}
