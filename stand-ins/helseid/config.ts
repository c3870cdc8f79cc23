import { readFileSync } from "node:fs";
import { Type, type Static } from "typebox";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import type { Registrations } from "./registration/registration-schema.ts";
import { validateRegistrations } from "./registration/validate-registrations.ts";

/** The stand-in's part of the environment. */
const environment = Type.Object({
  /** Address to listen on. */
  HELSEID_HOST: Type.String({ minLength: 1 }),
  /** 0 takes any free port. */
  HELSEID_PORT: Type.Integer({ minimum: 0, maximum: 65_535 }),
  /** Origin that clients know; must be given when every address is listened on. */
  HELSEID_ISSUER: Type.Optional(Type.String({ pattern: "^https?://[^/?#]+$" })),
  /** Path of a JSON file with `clients`, `practitioners` and `audiences`. */
  HELSEID_REGISTRATIONS: Type.String({ minLength: 1 }),
});

const DEFAULTS = { HELSEID_HOST: "127.0.0.1", HELSEID_PORT: "0" };
const WILDCARDS = ["0.0.0.0", "::"];

export type HelseidConfig = Registrations & {
  readonly host: string;
  readonly port: number;
  readonly issuer?: string;
};

const matchesSchema = strictAjv({ allErrors: true, coerceTypes: true }).compile<
  Static<typeof environment>
>(environment);

/** Reads and judges the configuration. @throws TypeError that lists every fault at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): HelseidConfig {
  const values: unknown = { ...DEFAULTS, ...env };
  if (!matchesSchema(values)) {
    throw wrong(
      faultsOf(matchesSchema.errors).map(({ pointer, detail }) => `${pointer.slice(2)} ${detail}`),
    );
  }
  const { HELSEID_HOST: host, HELSEID_PORT: port, HELSEID_ISSUER: issuer } = values;
  const faults =
    issuer === undefined && WILDCARDS.includes(host)
      ? [`HELSEID_ISSUER must be given with HELSEID_HOST ${host}`]
      : [];
  const registrations = readRegistrations(values.HELSEID_REGISTRATIONS, faults);
  if (registrations === undefined || faults.length > 0) throw wrong(faults);
  return { ...registrations, host, port, ...(issuer !== undefined && { issuer }) };
}

function readRegistrations(path: string, faults: string[]): Registrations | undefined {
  try {
    const result = validateRegistrations(JSON.parse(readFileSync(path, "utf8")));
    if (result.valid) return result.value;
    faults.push(...result.faults.map(({ pointer, detail }) => `${path}${pointer} ${detail}`));
  } catch (error) {
    faults.push(`HELSEID_REGISTRATIONS cannot be read: ${String(error)}`);
  }
  return undefined;
}

function wrong(faults: string[]): TypeError {
  return new TypeError(`the configuration has faults:\n${faults.join("\n")}`);
}
