import { createLogger } from "#web/logger";
import { openBrokerLink } from "./broker-link.ts";
import { type SourceConfig } from "./config.ts";
import { lateKeys } from "./late-keys.ts";
import type { ResourceKind } from "./recording/resource-kind.ts";
import { type Source, startSource } from "./source.ts";
import { openStore } from "./store/open-store.ts";

/** Builds a source from its configuration and starts it. Disposing it closes everything it opened. */
export async function runSource(kind: ResourceKind, config: SourceConfig): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const log = createLogger({ name: kind.name, level: config.LOG_LEVEL });
  const store = stack.use(await openStore(config.storePlace));
  const link = stack.use(
    openBrokerLink({
      url: config.NATS_URL,
      name: `source-${config.SOURCE_SYSTEM}`,
      seed: config.natsSeed,
    }),
  );
  const source = stack.use(
    await startSource({
      kind,
      controller: config.SOURCE_CONTROLLER,
      system: config.SOURCE_SYSTEM,
      audience: config.SOURCE_AUDIENCE,
      masterKey: config.masterKey,
      publicUrl: config.SOURCE_PUBLIC_URL,
      host: config.SOURCE_HOST,
      port: config.SOURCE_PORT,
      issuer: config.HELSEID_ISSUER,
      issuerKeys: lateKeys({
        issuer: config.HELSEID_ISSUER,
        allowInsecureIssuer: config.ALLOW_INSECURE_ISSUER === "yes",
      }),
      store,
      link,
      log,
    }),
  );
  log.info({ store: config.storePlace.kind }, "ready");
  const owned = stack.move();
  return { url: source.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
