import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsServer } from "#broker/server/start-nats-server";
import {
  createSite,
  EVENTS_AUDIENCE,
  helseidRegistrations,
  natsAccounts,
  type Site,
  tenantsFile,
} from "#deploy/site/site";
import type { NatsUser } from "#deploy/site/credentials";
import { startHelseid } from "#stand-ins/helseid/start-helseid";
import { type ApiClient, apiClient, type TestCaller } from "./api-client.ts";
import { startTestNats } from "./nats.ts";
import { type StartedPart, startPart } from "./started-part.ts";

const ANYWHERE = "http://127.0.0.1:1";

/** A broker, HelseID's stand-in and the subscription service as a process, for one test. */
export interface TestSite extends AsyncDisposable {
  readonly site: Site;
  readonly nats: NatsServer;
  readonly issuer: string;
  readonly directory: string;
  readonly serviceUrl: string;
  readonly service: () => StartedPart;
  /** Starts the service again, after it was killed. */
  restartService(): Promise<void>;
  /** Starts one more process of the service, at an address of its own. It ends with the site. */
  anotherService(): Promise<StartedPart>;
  /** Starts the broker again on the same store and port, after it was killed or stopped. */
  restartNats(): Promise<void>;
  /** The API as anybody, with any token. */
  readonly as: (caller: TestCaller) => ApiClient;
  /** The API of a tenant, as the controller's own system. */
  readonly controller: (controller: string) => ApiClient;
  /** The API as a consumer. */
  readonly consumer: (clientId: string) => ApiClient;
  readonly tenantUrl: (controller: string) => string;
  readonly natsAs: (user: NatsUser) => Promise<NatsConnection>;
}

export type TestSiteOptions = {
  readonly encryptionKey?: null;
  readonly issuer?: string;
  readonly site?: Site;
  /** Further settings of the service. */
  readonly env?: Record<string, string>;
};

export async function startTestSite(options: TestSiteOptions = {}): Promise<TestSite> {
  await using stack = new AsyncDisposableStack();
  const site =
    options.site ??
    (await createSite({
      issuer: ANYWHERE,
      service: ANYWHERE,
      measurements: ANYWHERE,
      plans: ANYWHERE,
      gp: ANYWHERE,
      ward: ANYWHERE,
      stranger: ANYWHERE,
    }));
  const directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-site-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const startNats = (port?: number): Promise<NatsServer> =>
    startTestNats({
      accounts: natsAccounts(site),
      storeDirectory: join(directory, "nats"),
      port,
      ...(options.encryptionKey === null && { encryptionKey: null }),
    });
  let nats = await startNats();
  stack.defer(() => nats[Symbol.asyncDispose]());
  const helseid = stack.use(
    await startHelseid({
      ...JSON.parse(JSON.stringify(helseidRegistrations(site))),
      host: "127.0.0.1",
      port: 0,
    }),
  );
  const tenants = join(directory, "tenants.json");
  await writeFile(tenants, JSON.stringify(tenantsFile(site)));

  const env = {
    SERVICE_TENANTS: tenants,
    NATS_URL: nats.url,
    HELSEID_ISSUER: helseid.issuer,
    NATS_STREAM_MEGABYTES: "64",
    ALLOW_INSECURE_ISSUER: "yes",
    ALLOW_LOOPBACK_WEBHOOKS: "yes",
    ...options.env,
  };
  const startService = (more: Record<string, string> = {}): Promise<StartedPart> =>
    startPart("subscription-service/main.ts", { ...env, ...more });
  let service = await startService();
  stack.defer(() => service[Symbol.asyncDispose]());
  const others: StartedPart[] = [];
  stack.defer(async () => {
    for (const other of others) await other[Symbol.asyncDispose]();
  });
  const serviceUrl = String(service.ready["url"]);
  const owned = stack.move();
  return {
    site,
    get nats() {
      return nats;
    },
    issuer: helseid.issuer,
    directory,
    serviceUrl,
    service: () => service,
    restartService: async () => {
      service = await startService({ SERVICE_PORT: new URL(serviceUrl).port });
    },
    anotherService: async () => {
      const other = await startService();
      others.push(other);
      return other;
    },
    restartNats: async () => {
      nats = await startNats(nats.port);
    },
    as: (caller) => apiClient(helseid.issuer, caller),
    controller: (controller) => {
      const { client } =
        controller === site.municipality.organisation.number ? site.municipality : site.hospital;
      return apiClient(helseid.issuer, {
        client: client.clientId,
        scopes: ["administer", "publish"].map((name) => `${EVENTS_AUDIENCE}/${name}`),
      });
    },
    consumer: (client) =>
      apiClient(helseid.issuer, { client, scopes: [`${EVENTS_AUDIENCE}/subscribe`] }),
    tenantUrl: (controller) => `${serviceUrl}/tenants/${controller}`,
    natsAs: ({ seed, publicKey }) =>
      connect({
        servers: nats.url,
        authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
        inboxPrefix: `_INBOX_${publicKey}`,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
