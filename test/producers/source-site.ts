import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsServer } from "#broker/server/start-nats-server";
import type { NatsUser } from "#deploy/site/credentials";
import { PRACTITIONERS } from "#deploy/site/parties";
import {
  type ControllerSite,
  createSite,
  helseidRegistrations,
  natsAccounts,
  type Site,
} from "#deploy/site/site";
import { logInWithSeed } from "#producers/publisher/log-in-with-seed";
import { deriveTenantKeys, type TenantKeys } from "#schemas/tenant-keys";
import { validateRegistrations } from "#stand-ins/helseid/registration/validate-registrations";
import { startHelseid } from "#stand-ins/helseid/start-helseid";
import { type ApiClient, apiClient } from "../support/api-client.ts";
import { persons } from "../support/identity-numbers.ts";
import { startTestNats } from "../support/nats.ts";
import { type StartedPart, startPart } from "../support/started-part.ts";
import { makeStreams } from "./event-log.ts";
import { DAO, KARI, OLA } from "./people.ts";
import { type PolicyWriter, policyWriter } from "./policy-writer.ts";

const ANYWHERE = "http://127.0.0.1:1";

export type SourceName = "measurements" | "plans";

/** A broker with streams, HelseID's stand-in, and what a source of one controller needs. */
export interface SourceSite extends AsyncDisposable {
  readonly site: Site;
  readonly controller: ControllerSite;
  readonly keys: TenantKeys;
  readonly nats: () => NatsServer;
  readonly issuer: string;
  readonly directory: string;
  /** The service's own connection to the tenant's account; another one after a restart of NATS. */
  readonly connection: NatsConnection;
  readonly policy: PolicyWriter;
  /** The environment of the source's process. */
  readonly env: Record<string, string>;
  startSource(env?: Record<string, string>): Promise<StartedPart>;
  restartNats(): Promise<void>;
  /** The controller's own recording system. */
  readonly recorder: ApiClient;
  /** A practitioner of the client's organisation, with an attestation, changed as said. */
  practitioner(client: string, changes?: PractitionerChanges): ApiClient;
}

export type PractitionerChanges = {
  readonly attestation?: Record<string, unknown> | null;
  readonly practitioner?: null;
  readonly claims?: Record<string, unknown>;
  readonly scopes?: readonly string[];
  readonly switches?: readonly string[];
};

export async function startSourceSite(name: SourceName = "measurements"): Promise<SourceSite> {
  await using stack = new AsyncDisposableStack();
  const site = await createSite({
    issuer: ANYWHERE,
    service: ANYWHERE,
    measurements: ANYWHERE,
    plans: ANYWHERE,
    gp: ANYWHERE,
    ward: ANYWHERE,
    stranger: ANYWHERE,
  });
  const controller = name === "measurements" ? site.municipality : site.hospital;
  const directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-source-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const natsOptions = {
    accounts: natsAccounts(site),
    storeDirectory: join(directory, "nats"),
  };
  let nats = await startTestNats(natsOptions);
  stack.defer(() => nats[Symbol.asyncDispose]());
  const registrations = validateRegistrations(helseidRegistrations(site));
  if (!registrations.valid) throw new Error(JSON.stringify(registrations.faults));
  const helseid = stack.use(
    await startHelseid({ ...registrations.value, host: "127.0.0.1", port: 0 }),
  );
  let connection = await natsAs(nats, controller.service);
  stack.defer(() => connection.close());
  await makeStreams(connection);
  const keys = deriveTenantKeys(Buffer.from(controller.masterKey, "base64url"));
  const env = await environment(controller, { nats, issuer: helseid.issuer, directory });
  const owned = stack.move();
  const { issuer } = helseid;
  return {
    site,
    controller,
    keys,
    nats: () => nats,
    issuer,
    directory,
    get connection() {
      return connection;
    },
    policy: policyWriter(() => connection, keys, controller.organisation.number),
    env,
    startSource: (changes = {}) => startPart(`producers/${name}/main.ts`, { ...env, ...changes }),
    restartNats: async () => {
      await connection.close();
      nats = await startTestNats({ ...natsOptions, port: nats.port });
      connection = await natsAs(nats, controller.service);
    },
    recorder: apiClient(issuer, {
      client: controller.client.clientId,
      scopes: [`${controller.audience}/record`],
    }),
    practitioner: (client, changes = {}) =>
      apiClient(issuer, practitionerOf(site, controller, { client, ...changes })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function natsAs(nats: NatsServer, { seed }: NatsUser): Promise<NatsConnection> {
  return connect({
    servers: nats.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 20,
    ...logInWithSeed(new TextEncoder().encode(seed)),
  });
}

async function environment(
  { organisation, system, audience, masterKey, source }: ControllerSite,
  { nats, issuer, directory }: { nats: NatsServer; issuer: string; directory: string },
): Promise<Record<string, string>> {
  const masterKeyFile = join(directory, "master-key");
  const seedFile = join(directory, "nats-seed");
  await writeFile(masterKeyFile, `${masterKey}\n`);
  await writeFile(seedFile, `${source.seed}\n`);
  return {
    SOURCE_CONTROLLER: organisation.number,
    SOURCE_SYSTEM: system,
    SOURCE_AUDIENCE: audience,
    SOURCE_MASTER_KEY_FILE: masterKeyFile,
    SOURCE_STORE_DIRECTORY: join(directory, "store"),
    NATS_URL: nats.url,
    NATS_SEED_FILE: seedFile,
    HELSEID_ISSUER: issuer,
    ALLOW_INSECURE_ISSUER: "yes",
  };
}

/** Everyone that a test here looks up. */
const EVERYONE = [KARI, OLA, DAO, ...persons(8)];

/** The attestation of a practitioner, for these patients; each test person unless told otherwise. */
export function attestation(
  organisation: string,
  patients: readonly string[] = EVERYONE,
  purpose = "TREAT",
): Record<string, unknown> {
  const legalEntity = { id: organisation, system: "urn:oid:2.16.578.1.12.4.1.4.101" };
  return {
    type: "nhn:tillitsrammeverk:parameters",
    practitioner: { legal_entity: legalEntity, point_of_care: legalEntity },
    care_relationship: {
      purpose_of_use: { code: purpose, system: "urn:oid:2.16.840.1.113883.1.11.20448" },
      healthcare_service: { code: "KX01", system: "urn:oid:2.16.578.1.12.4.1.1.8662" },
      decision_ref: { id: "besok-17", user_selected: true },
    },
    patients: patients.map((id) => ({
      identifier: { id, system: "urn:oid:2.16.578.1.12.4.1.4.1" },
    })),
  };
}

function practitionerOf(
  { gp, ward, stranger }: Site,
  { audience }: ControllerSite,
  { client, scopes, ...changes }: { client: string } & PractitionerChanges,
) {
  const party = [gp, ward, stranger].find(({ clientId }) => clientId === client);
  const organisation = party?.organisation.number ?? "";
  const given: Record<string, unknown> = {
    practitioner: PRACTITIONERS.gp,
    attestation: attestation(organisation),
    ...changes,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  return { client, scopes: scopes ?? [`${audience}/read`], ...set };
}
