import type { FastifyInstance } from "fastify";
import type { JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { type Authenticator, createAuthenticator } from "#authentication/authenticator";
import { UnreadablePolicy } from "#decision/policy-index";
import { deriveTenantKeys, type TenantKeys } from "#schemas/tenant-keys";
import { buildWebServer } from "#web/build-web-server";
import { registerHealth } from "#web/health";
import { listen } from "#web/listen";
import type { BrokerLink } from "./broker-link.ts";
import { sendEvent, type SendOutcome } from "./publisher/send-event.ts";
import type { SourceIdentity } from "./recording/describe-event.ts";
import { OutboxRelay } from "./recording/outbox-relay.ts";
import { Recorder } from "./recording/recorder.ts";
import { RECORD_LIMIT_BYTES, registerRecordingRoutes } from "./recording/recording-routes.ts";
import type { ResourceKind } from "./recording/resource-kind.ts";
import { DecisionPoint } from "./sharing/decision-point.ts";
import { HandOut } from "./sharing/hand-out.ts";
import { PolicyReplica } from "./sharing/policy-replica.ts";
import { registerSharingRoutes } from "./sharing/sharing-routes.ts";
import type { SourceStore } from "./store/source-store.ts";

export type SourceOptions = {
  readonly kind: ResourceKind;
  readonly controller: string;
  readonly system: string;
  /** The sharing API's audience; its scopes are `<audience>/read` and `<audience>/record`. */
  readonly audience: string;
  /** The tenant's master key. */
  readonly masterKey: Uint8Array;
  /** Where callers reach the source; where it listens, unless given. */
  readonly publicUrl?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly issuer: string;
  readonly issuerKeys: JWTVerifyGetKey;
  readonly store: SourceStore;
  readonly link: BrokerLink;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** A source at work. Disposing it leaves store and link open: they are their owner's. */
export interface Source extends AsyncDisposable {
  /** Where callers reach it. */
  readonly url: string;
}

type Parts = SourceOptions & {
  readonly keys: TenantKeys;
  readonly now: () => number;
  readonly url: () => string;
  readonly authenticator: Authenticator;
  readonly relay: OutboxRelay;
  readonly replica: PolicyReplica;
};

/** Starts a source: it records and publishes, and answers lookups for as long as policy can be read. */
export async function startSource(options: SourceOptions): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const { link, log, store, now = Date.now } = options;
  const keys = deriveTenantKeys(options.masterKey);
  let url = options.publicUrl;
  const urlNow = () => url ?? "";
  const replica = stack.use(
    new PolicyReplica({
      link,
      tableKey: keys.table,
      onFailure: (err) => log.warn(policyTrouble(err), "policy cannot be followed"),
    }),
  );
  const relay = stack.use(
    new OutboxRelay({
      store,
      send: (event) => sendOver(link, event),
      now,
      onFailure: ({ reason, cause }) => log.warn({ reason, err: cause }, "the outbox waits"),
    }),
  );
  link.onUp(() => relay.wake());
  const authenticator = createAuthenticator({
    ...options,
    now,
    externalUrl: urlNow,
    keys: options.issuerKeys,
  });
  const app = await buildApp({
    ...options,
    keys,
    now,
    url: urlNow,
    authenticator,
    relay,
    replica,
  });
  stack.defer(() => app.close());
  const listening = await listen(app, options);
  url ??= listening;
  const owned = stack.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function buildApp(parts: Parts): Promise<FastifyInstance> {
  const { kind, log } = parts;
  const app = await buildWebServer({
    title: `Source of ${kind.name}`,
    version: "1",
    logger: log,
    bodyLimitBytes: RECORD_LIMIT_BYTES,
  });
  app.addHook("preClose", async () => parts.relay.endWaits());
  registerHealth(app, { checks: checksOf(parts) });
  addRecording(app, parts);
  addSharing(app, parts);
  return app;
}

function addRecording(app: FastifyInstance, parts: Parts): void {
  const { kind, controller, system, audience, keys, url } = parts;
  const identity = (): SourceIdentity => ({ controller, system, url: url() });
  registerRecordingRoutes(app, {
    ...parts,
    resourceType: kind.resourceType,
    scope: `${audience}/record`,
    sourceUrl: url,
    recorder: new Recorder({ ...parts, identity, aliasKey: keys.alias }),
  });
}

function addSharing(app: FastifyInstance, parts: Parts): void {
  const { kind, audience, keys, url, replica } = parts;
  const { resourceType, topic } = kind;
  registerSharingRoutes(app, {
    ...parts,
    resourceType,
    scope: `${audience}/read`,
    aliasKey: keys.alias,
    decisionPoint: new DecisionPoint({
      ...parts,
      topic,
      resourceType,
      aliasKey: keys.alias,
      policy: replica,
    }),
    handOut: new HandOut({ resourceType, referenceKey: keys.reference, sourceUrl: url }),
  });
}

/** Recording needs only the store: what waits for the broker is safe there. Lookups need them all. */
function checksOf({ store, link, replica }: Parts): Record<string, () => Promise<unknown>> {
  return {
    store: () => store.unsent(1),
    broker: async () => demand(link.current),
    policy: async () => demand(await replica.current()),
  };
}

function demand(needed: unknown): void {
  if (needed === undefined) throw new Error("not there now");
}

/** What a message of the policy log breaks is said without its content. */
function policyTrouble(err: unknown): Record<string, unknown> {
  return { err, ...(err instanceof UnreadablePolicy && { detail: err.message }) };
}

async function sendOver(
  { current }: BrokerLink,
  event: Parameters<typeof sendEvent>[1],
): Promise<SendOutcome> {
  return current === undefined
    ? { kind: "unacknowledged", cause: new Error("the broker is not connected") }
    : sendEvent(current, event);
}
