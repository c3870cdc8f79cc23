import { readFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import { type TenantSettings, validateTenantsFile } from "./tenants-file.ts";

const YesOrNo = Type.Enum(["yes", "no"]);

/** The service's part of the environment. */
export const Environment = Type.Object({
  SERVICE_HOST: Type.String({ minLength: 1, description: "Address to listen on" }),
  SERVICE_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: "Port; 0 takes any free one",
  }),
  SERVICE_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: "^https?://[^?#]+$",
      description: "Address that callers use, when it is another",
    }),
  ),
  SERVICE_TENANTS: Type.String({
    minLength: 1,
    description: "Path of the JSON file that lists the tenants with their keys",
  }),
  SERVICE_AUDIENCE: Type.String({ minLength: 1, description: "This API's name at HelseID" }),
  NATS_URL: Type.String({ minLength: 1, description: "Address of the NATS server" }),
  NATS_REPLICAS: Type.Integer({
    minimum: 1,
    maximum: 5,
    description: "Copies of each stream: 1 on one node, 3 in a cluster",
  }),
  NATS_STREAM_MEGABYTES: Type.Integer({
    minimum: 16,
    description: "Room set aside for each of a tenant's four streams",
  }),
  HELSEID_ISSUER: Type.String({ pattern: "^https?://[^?#]+$", description: "HelseID's issuer" }),
  ALLOW_INSECURE_ISSUER: {
    ...YesOrNo,
    description: "Accept an issuer on http; for one machine or a closed test network",
  },
  ALLOW_LOOPBACK_WEBHOOKS: {
    ...YesOrNo,
    description: "Let webhooks lead to this machine, without https; for demonstrations and tests",
  },
  LOG_LEVEL: Type.Enum(["trace", "debug", "info", "warn", "error", "silent"]),
});

const DEFAULTS = {
  SERVICE_HOST: "127.0.0.1",
  SERVICE_PORT: "0",
  SERVICE_AUDIENCE: "hendelsesstrom:events",
  NATS_REPLICAS: "1",
  NATS_STREAM_MEGABYTES: "1024",
  ALLOW_INSECURE_ISSUER: "no",
  ALLOW_LOOPBACK_WEBHOOKS: "no",
  LOG_LEVEL: "info",
};

export type ServiceConfig = Static<typeof Environment> & {
  readonly tenants: readonly TenantSettings[];
};

const judge = strictAjv({ allErrors: true, coerceTypes: true }).compile<Static<typeof Environment>>(
  Environment,
);

/** Reads and judges the environment. @throws TypeError that lists every fault at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ServiceConfig {
  const values: unknown = { ...DEFAULTS, ...env };
  const faults = judge(values)
    ? []
    : faultsOf(judge.errors).map(({ pointer, detail }) => `${pointer.slice(2)} ${detail}`);
  const tenants = readTenants(env["SERVICE_TENANTS"], faults);
  if (faults.length > 0 || !judge(values))
    throw new TypeError(`The configuration has faults:\n${faults.join("\n")}`);
  return Object.freeze({ ...values, tenants });
}

function readTenants(path: string | undefined, faults: string[]): readonly TenantSettings[] {
  if (path === undefined) return [];
  try {
    const judged = validateTenantsFile(JSON.parse(readFileSync(path, "utf8")));
    if (judged.valid) return judged.value.tenants;
    faults.push(
      ...judged.faults.map(({ pointer, detail }) => `SERVICE_TENANTS ${pointer} ${detail}`),
    );
  } catch (error) {
    // Not the message: a parser's quotes what it read, and here that may be a secret.
    const code = error instanceof Error && "code" in error ? String(error.code) : "it is not JSON";
    faults.push(`SERVICE_TENANTS cannot be read: ${code}`);
  }
  return [];
}
