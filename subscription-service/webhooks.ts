import { randomBytes } from "node:crypto";
import { setTimeout as after } from "node:timers/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { PolicyIndex } from "#decision/policy-index";
import type { Subscription } from "#decision/policy-objects";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { toLetters } from "#schemas/letters";
import type { LifecycleEvent } from "#schemas/notification";
import { openEntry } from "#schemas/sealed-entry";
import { policySubject } from "#schemas/subject";
import type { TenantKeys } from "#schemas/tenant-keys";
import { EndpointValidation } from "./delivery/endpoint-validation.ts";
import type { WebhookClient } from "./delivery/webhook-client.ts";
import { type Endpoint, WebhookCourier } from "./delivery/webhook-courier.ts";
import { WebhookCouriers } from "./delivery/webhook-couriers.ts";
import { DEFAULT_RETRY_POLICY } from "./domain/webhook-attempt.ts";
import type { Feed } from "./http/tenant-context.ts";
import { HandOutLog } from "./streams/hand-out-log.ts";
import type { PolicyLog } from "./streams/policy-log.ts";
import type { TenantSettings } from "./tenants-file.ts";

const ID_BYTES = 16;

export type WebhookParts = {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly settings: TenantSettings;
  readonly keys: TenantKeys;
  readonly policy: PolicyIndex;
  readonly policyLog: PolicyLog;
  readonly feed: Feed;
  /** Wakes whoever waits for the subscription's next notification. */
  readonly wake: (subscription: string) => void;
  readonly client: WebhookClient;
  readonly now: () => number;
  readonly log: Logger;
};

/** Wires the webhooks of one tenant: the same notifications as the feed, brought instead of fetched. */
export function startWebhooks(parts: WebhookParts): WebhookCouriers {
  const progress = new HandOutLog(parts.connection, parts.manager);
  return new WebhookCouriers({
    policy: parts.policy,
    validate: (id) =>
      new EndpointValidation({
        ...rim(parts, id),
        event: () => validationEvent(parts, id),
        onAccepted: () => activate(parts, id),
      }),
    courier: (id) =>
      new WebhookCourier({
        ...rim(parts, id),
        read: (sequence, limit) => parts.feed.read(id, sequence, limit),
        loadProgress: () => progress.load(id),
        keepProgress: (reached) => progress.keep(id, reached),
        handOut: (stored) => parts.feed.handOut(id, stored),
        version: () => parts.feed.version(id),
        waitForNext: (version, timeoutMs, signal) =>
          parts.feed.waitForNext(id, version, { timeoutMs, signal }),
        wake: () => parts.wake(id),
      }),
  });
}

type Rim = Pick<
  ConstructorParameters<typeof EndpointValidation>[0],
  | "endpoint"
  | "post"
  | "sleep"
  | "now"
  | "random"
  | "retryPolicy"
  | "onAttempt"
  | "onPaused"
  | "onFailure"
>;

/** What both tasks of a subscription do outside of themselves. */
function rim({ policy, keys, client, now, log }: WebhookParts, id: string): Rim {
  return {
    endpoint: () => endpointOf(policy.subscription(id), id, keys),
    post: (request, signal) => client.post(request, signal),
    sleep: (ms, signal) => after(ms, undefined, { signal }).catch(() => undefined),
    now,
    random: Math.random,
    retryPolicy: DEFAULT_RETRY_POLICY,
    onAttempt: (attempt) => log.info({ subscription: id, ...attempt }, "webhook attempted"),
    onPaused: (reason) => log.warn({ subscription: id, reason }, "webhook paused"),
    onFailure: (error) => log.warn({ err: error, subscription: id }, "a webhook is tried again"),
  };
}

function endpointOf(
  subscription: Subscription | undefined,
  id: string,
  keys: TenantKeys,
): Endpoint | undefined {
  if (subscription?.delivery.way !== "webhook" || subscription.state === "ended") return undefined;
  return {
    url: subscription.delivery.url,
    secret: openEntry(keys.table, id, subscription.delivery.sealedSecret),
  };
}

function validationEvent({ settings, now }: WebhookParts, subscription: string): LifecycleEvent {
  return {
    specversion: "1.0",
    id: toLetters(randomBytes(ID_BYTES)),
    source: `urn:no:orgnr:${settings.controller}:subscriptions`,
    type: LIFECYCLE_TYPES.validation,
    time: new Date(now()).toISOString(),
    subscription,
  };
}

async function activate(
  { policy, policyLog, settings, now }: WebhookParts,
  id: string,
): Promise<void> {
  const subject = policySubject("subscription", id);
  await policyLog.update(() => {
    const subscription = policy.subscription(id);
    if (subscription?.state !== "pending") return [];
    const change = {
      by: settings.controller,
      client: "subscription-service",
      at: new Date(now()).toISOString(),
    };
    return [
      {
        subject,
        value: { ...subscription, state: "active", change },
        expectLast: policy.sequenceOf(subject),
      },
    ];
  });
}
