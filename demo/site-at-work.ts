import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readBrokerConfig } from "#broker/config";
import { openBroker } from "#broker/server/open-broker";
import { newMasterKey } from "#deploy/site/credentials";
import {
  type Addresses,
  type ControllerSite,
  createSite,
  natsAccounts,
  type Site,
} from "#deploy/site/site";
import { type SiteFiles, type SourceFiles, writeSite } from "#deploy/site/write-site";
import { HOST, loopbackAddresses, portOf } from "./loopback-addresses.ts";
import { startPart } from "./start-part.ts";

/** Enough for a demonstration; what is set aside need not be used. */
const STREAM_MEGABYTES = "64";

export type SiteOptions = {
  /** Where settings, stores and logs are written. */
  readonly directory: string;
  readonly report: (line: string) => void;
  /** `null` turns encryption at rest off, for a test that reads the broker's files. */
  readonly natsEncryptionKey?: null;
};

/** A whole site on this machine, each part a process of its own as in production. */
export interface SiteAtWork extends AsyncDisposable {
  readonly site: Site;
  readonly natsUrl: string;
  readonly logs: string;
  /** Starts the consumers; they subscribe as soon as they can. */
  startConsumers(): Promise<void>;
}

type Settings = {
  readonly site: Site;
  readonly files: SiteFiles;
  readonly natsUrl: string;
  readonly start: Start;
};
type Start = (name: string, main: string, env: Record<string, string>) => Promise<void>;

/** Starts broker, HelseID's stand-in, service and sources. */
export async function startSite({
  directory,
  report,
  natsEncryptionKey,
}: SiteOptions): Promise<SiteAtWork> {
  await using stack = new AsyncDisposableStack();
  const site = await createSite(await loopbackAddresses());
  const files = await writeSite(site, directory);
  const logs = join(directory, "logs");
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const broker = stack.use(
    await openBroker({
      config: readBrokerConfig(),
      report,
      accounts: natsAccounts(site),
      storeDirectory: join(directory, "nats"),
      encryptionKey: natsEncryptionKey === undefined ? newMasterKey() : natsEncryptionKey,
    }),
  );
  const parts = stack.use(new AsyncDisposableStack());
  const start: Start = async (name, main, env) => {
    const logFile = join(logs, `${name}.log`);
    const onEnd = (): void => report(`${name} has ended by itself; see ${logFile}`);
    parts.use(await startPart({ main, env, logFile, onEnd }));
  };
  const settings: Settings = { site, files, natsUrl: broker.url, start };
  await startProviders(settings);
  const owned = stack.move();
  return {
    site,
    natsUrl: broker.url,
    logs,
    startConsumers: () => startConsumers(settings),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startProviders({ site, files, natsUrl, start }: Settings): Promise<void> {
  const { addresses, municipality, hospital } = site;
  await start("helseid", "stand-ins/helseid/main.ts", {
    HELSEID_HOST: HOST,
    HELSEID_PORT: portOf(addresses.issuer),
    HELSEID_REGISTRATIONS: files.registrations,
  });
  const common = {
    NATS_URL: natsUrl,
    HELSEID_ISSUER: addresses.issuer,
    ALLOW_INSECURE_ISSUER: "yes",
  };
  await start("subscription-service", "subscription-service/main.ts", {
    ...common,
    SERVICE_PORT: portOf(addresses.service),
    SERVICE_TENANTS: files.tenants,
    NATS_STREAM_MEGABYTES: STREAM_MEGABYTES,
    ALLOW_LOOPBACK_WEBHOOKS: "yes",
  });
  await Promise.all([
    start("measurements", "producers/measurements/main.ts", {
      ...common,
      ...sourceSettings(municipality, files.municipality),
    }),
    start("plans", "producers/plans/main.ts", {
      ...common,
      ...sourceSettings(hospital, files.hospital),
    }),
  ]);
}

async function startConsumers({ site: { addresses }, files, start }: Settings): Promise<void> {
  const consumers = ["gp", "ward", "stranger"] as const satisfies (keyof Addresses)[];
  const starting = consumers.map((name) =>
    start(`${name}-ehr`, "consumers-example/ehr/main.ts", {
      EHR_PORT: portOf(addresses[name]),
      EHR_CONFIG: files.ehrs[name],
    }),
  );
  await Promise.all(starting);
}

function sourceSettings(
  { organisation, system, audience, url }: ControllerSite,
  files: SourceFiles,
): Record<string, string> {
  return {
    SOURCE_PORT: portOf(url),
    SOURCE_CONTROLLER: organisation.number,
    SOURCE_SYSTEM: system,
    SOURCE_AUDIENCE: audience,
    SOURCE_MASTER_KEY_FILE: files.masterKey,
    SOURCE_STORE_DIRECTORY: files.store,
    NATS_SEED_FILE: files.natsSeed,
  };
}
