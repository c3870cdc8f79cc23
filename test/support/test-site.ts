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
import { type ApiClient, apiClient } from "./api-client.ts";
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
  const nats = stack.use(
    await startTestNats({
      accounts: natsAccounts(site),
      ...(options.encryptionKey === null && { encryptionKey: null }),
    }),
  );
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
  };
  let service = await startPart("subscription-service/main.ts", env);
  stack.defer(() => service[Symbol.asyncDispose]());
  const serviceUrl = String(service.ready["url"]);
  const owned = stack.move();
  return {
    site,
    nats,
    issuer: helseid.issuer,
    directory,
    serviceUrl,
    service: () => service,
    restartService: async () => {
      service = await startPart("subscription-service/main.ts", {
        ...env,
        SERVICE_PORT: new URL(serviceUrl).port,
      });
    },
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
