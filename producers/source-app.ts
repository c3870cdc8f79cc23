import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "#authentication/authenticator";
import type { TenantKeys } from "#schemas/tenant-keys";
import { buildWebServer } from "#web/build-web-server";
import { registerHealth } from "#web/health";
import type { BrokerLink } from "./broker-link.ts";
import type { SourceIdentity } from "./recording/describe-event.ts";
import type { OutboxRelay } from "./recording/outbox-relay.ts";
import { Recorder } from "./recording/recorder.ts";
import { RECORD_LIMIT_BYTES, registerRecordingRoutes } from "./recording/recording-routes.ts";
import type { ResourceKind } from "./recording/resource-kind.ts";
import { DecisionPoint } from "./sharing/decision-point.ts";
import { HandOut } from "./sharing/hand-out.ts";
import type { PolicyReplica } from "./sharing/policy-replica.ts";
import { registerSharingRoutes } from "./sharing/sharing-routes.ts";
import type { SourceStore } from "./store/source-store.ts";

/** What a source's HTTP side is built of. */
export type SourceParts = {
  readonly kind: ResourceKind;
  readonly controller: string;
  readonly system: string;
  readonly audience: string;
  readonly keys: TenantKeys;
  readonly url: () => string;
  readonly store: SourceStore;
  readonly link: BrokerLink;
  readonly authenticator: Authenticator;
  readonly relay: OutboxRelay;
  readonly replica: PolicyReplica;
  readonly log: Logger;
  readonly now: () => number;
};

/** Builds a source's API; who calls it listens and closes. */
export async function buildSourceApp(parts: SourceParts): Promise<FastifyInstance> {
  const { kind, log } = parts;
  const app = await buildWebServer({
    title: `Source of ${kind.name}`,
    version: "1",
    logger: log,
    bodyLimitBytes: RECORD_LIMIT_BYTES,
  });
  endWaitsOnClose(app, parts);
  registerHealth(app, { checks: checksOf(parts) });
  addRecording(app, parts);
  addSharing(app, parts);
  return app;
}

/** Those who wait are answered at once then, on connections that end with the answer. */
function endWaitsOnClose(app: FastifyInstance, { relay }: SourceParts): void {
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
    relay.endWaits();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) void reply.header("connection", "close");
  });
}

function addRecording(app: FastifyInstance, parts: SourceParts): void {
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

function addSharing(app: FastifyInstance, parts: SourceParts): void {
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
function checksOf({ store, link, replica }: SourceParts): Record<string, () => Promise<unknown>> {
  return {
    store: () => store.unsent(1),
    broker: async () => demand(link.current),
    policy: async () => demand(await replica.current()),
  };
}

function demand(needed: unknown): void {
  if (needed === undefined) throw new Error("not there now");
}
