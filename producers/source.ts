import type { JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { createAuthenticator } from "#authentication/authenticator";
import { UnreadablePolicy } from "#decision/policy-index";
import type { SourceEvent } from "#schemas/source-event";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { listen } from "#web/listen";
import type { BrokerLink } from "./broker-link.ts";
import { sendEvent, type SendOutcome } from "./publisher/send-event.ts";
import { OutboxRelay } from "./recording/outbox-relay.ts";
import type { ResourceKind } from "./recording/resource-kind.ts";
import { PolicyReplica } from "./sharing/policy-replica.ts";
import { buildSourceApp } from "./source-app.ts";
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
  const app = await buildSourceApp({
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

/** What a message of the policy log breaks is said without its content. */
function policyTrouble(err: unknown): Record<string, unknown> {
  return { err, ...(err instanceof UnreadablePolicy && { detail: err.message }) };
}

async function sendOver({ current }: BrokerLink, event: SourceEvent): Promise<SendOutcome> {
  return current === undefined
    ? { kind: "unacknowledged", cause: new Error("the broker is not connected") }
    : sendEvent(current, event);
}
