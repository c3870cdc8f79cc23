import { readFileSync } from "node:fs";
import { fromSeed } from "@nats-io/nkeys";
import { type Static, Type } from "typebox";
import { isOrganisationNumber, ORGANISATION_NUMBER_PATTERN } from "#schemas/organisation-number";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import { MASTER_KEY_BYTES } from "#schemas/tenant-keys";
import type { StorePlace } from "./store/open-store.ts";

/** A source's part of the environment. */
export const Environment = Type.Object({
  SOURCE_HOST: Type.String({ minLength: 1, description: "Address to listen on" }),
  SOURCE_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: "Port; 0 takes any free one",
  }),
  SOURCE_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: "^https?://[A-Za-z0-9.:-]{1,128}(/[A-Za-z0-9._~-]{1,64}){0,4}$",
      description: "Address that callers use and that events lead to, when it is another",
    }),
  ),
  SOURCE_CONTROLLER: Type.String({
    pattern: ORGANISATION_NUMBER_PATTERN,
    description: "Organisation number of the data controller",
  }),
  SOURCE_SYSTEM: Type.String({
    pattern: "^[a-z][a-z0-9-]{0,30}$",
    description: "Name of this system in the events' source",
  }),
  SOURCE_AUDIENCE: Type.String({
    pattern: "^[!-~]{1,200}$",
    description: "This API's name at HelseID; its scopes are <audience>/read and <audience>/record",
  }),
  SOURCE_MASTER_KEY_FILE: Type.String({
    minLength: 1,
    description: "Path of a file with the tenant's master key: 32 bytes, base64url",
  }),
  SOURCE_STORE_DIRECTORY: Type.Optional(
    Type.String({ minLength: 1, description: "Directory of the embedded store" }),
  ),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: "^postgres(ql)?://\\S+$",
      description: "PostgreSQL database to use instead of the embedded store",
    }),
  ),
  NATS_URL: Type.String({ minLength: 1, description: "Address of the NATS server" }),
  NATS_SEED_FILE: Type.Optional(
    Type.String({ minLength: 1, description: "Path of a file with the NATS user's nkey seed" }),
  ),
  HELSEID_ISSUER: Type.String({ pattern: "^https?://[^?#]+$", description: "HelseID's issuer" }),
  ALLOW_INSECURE_ISSUER: Type.Enum(["yes", "no"], {
    description: "Accept an issuer on http on this machine; for demonstrations and tests",
  }),
  LOG_LEVEL: Type.Enum(["trace", "debug", "info", "warn", "error", "silent"]),
});

const DEFAULTS = {
  SOURCE_HOST: "127.0.0.1",
  SOURCE_PORT: "0",
  ALLOW_INSECURE_ISSUER: "no",
  LOG_LEVEL: "info",
};

export type SourceConfig = Static<typeof Environment> & {
  readonly masterKey: Uint8Array;
  readonly natsSeed: Uint8Array | undefined;
  readonly storePlace: StorePlace;
};

const judge = strictAjv({ allErrors: true, coerceTypes: true }).compile<Static<typeof Environment>>(
  Environment,
);

/** Reads and judges a source's configuration. @throws TypeError that lists every fault at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SourceConfig {
  const given = Object.entries(env).filter(([, value]) => value !== ""); // empty is the same as not set
  const values: unknown = { ...DEFAULTS, ...Object.fromEntries(given) };
  const isShaped = judge(values);
  const faults = faultsOf(judge.errors).map(
    ({ pointer, detail }) => `${pointer.slice(2)} ${detail}`,
  );
  const masterKey = readMasterKey(env["SOURCE_MASTER_KEY_FILE"], faults);
  const natsSeed = readSeed(env["NATS_SEED_FILE"], faults);
  const storePlace = readStorePlace(env, faults);
  if (isShaped && !isOrganisationNumber(values.SOURCE_CONTROLLER)) {
    faults.push("SOURCE_CONTROLLER must have a valid control digit");
  }
  if (!isShaped || faults.length > 0 || masterKey === undefined || storePlace === undefined) {
    throw new TypeError(`The configuration has faults:\n${faults.join("\n")}`);
  }
  return Object.freeze({ ...values, masterKey, natsSeed, storePlace });
}

function readStorePlace(env: NodeJS.ProcessEnv, faults: string[]): StorePlace | undefined {
  const { DATABASE_URL: url, SOURCE_STORE_DIRECTORY: directory } = env;
  if (url) return { kind: "server", url };
  if (directory) return { kind: "directory", directory };
  faults.push("SOURCE_STORE_DIRECTORY or DATABASE_URL must be given");
  return undefined;
}

function readMasterKey(path: string | undefined, faults: string[]): Uint8Array | undefined {
  if (!path) return undefined; // that it is missing has been said
  const text = readSecret("SOURCE_MASTER_KEY_FILE", path, faults);
  if (text === undefined) return undefined;
  const key = Buffer.from(text, "base64url");
  if (key.length === MASTER_KEY_BYTES && key.toString("base64url") === text) return key;
  faults.push(`SOURCE_MASTER_KEY_FILE must hold ${MASTER_KEY_BYTES} bytes, base64url`);
  return undefined;
}

function readSeed(path: string | undefined, faults: string[]): Uint8Array | undefined {
  if (!path) return undefined;
  const text = readSecret("NATS_SEED_FILE", path, faults);
  if (text === undefined) return undefined;
  const seed = new TextEncoder().encode(text);
  try {
    fromSeed(seed);
    return seed;
  } catch {
    faults.push("NATS_SEED_FILE must hold an nkey seed");
    return undefined;
  }
}

function readSecret(name: string, path: string, faults: string[]): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`${name} cannot be read: ${reason}`);
    return undefined;
  }
}
