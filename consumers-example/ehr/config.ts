import { readFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import { validateEhrSettings, type EhrSettings } from "./ehr-settings.ts";

/** The EHR's part of the environment. */
const Environment = Type.Object({
  EHR_HOST: Type.String({ minLength: 1, description: "Address to listen on" }),
  EHR_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: "Port; 0 takes any free one, but HelseID must know the address beforehand",
  }),
  EHR_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: "^https?://[^/?#]+$",
      description: "Origin that browsers and senders of webhooks use, when it is another",
    }),
  ),
  EHR_CONFIG: Type.String({
    minLength: 1,
    description: "Path of the JSON file with the EHR's settings (see ehr-settings.ts)",
  }),
  LOG_LEVEL: Type.Enum(["trace", "debug", "info", "warn", "error", "silent"]),
});

const DEFAULTS = { EHR_HOST: "127.0.0.1", EHR_PORT: "0", LOG_LEVEL: "info" };

const WILDCARDS = ["0.0.0.0", "::"];

export type EhrConfig = {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly logLevel: string;
  readonly settings: EhrSettings;
};

const judge = strictAjv({ allErrors: true, coerceTypes: true }).compile<Static<typeof Environment>>(
  Environment,
);

/** Reads the environment and the file that it names. @throws TypeError listing every fault at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): EhrConfig {
  const values: unknown = { ...DEFAULTS, ...env };
  const faults: string[] = [];
  const settings = readSettings(env["EHR_CONFIG"], faults);
  if (!judge(values)) {
    const own = faultsOf(judge.errors);
    throw wrong([...own.map(({ pointer, detail }) => `${pointer.slice(2)} ${detail}`), ...faults]);
  }
  const { EHR_HOST: host, EHR_PORT: port, EHR_PUBLIC_URL: publicUrl, LOG_LEVEL: logLevel } = values;
  if (WILDCARDS.includes(host) && publicUrl === undefined) {
    faults.push(`EHR_PUBLIC_URL must be given when EHR_HOST is ${host}`);
  }
  if (settings === undefined || faults.length > 0) throw wrong(faults);
  return { host, port, publicUrl, logLevel, settings };
}

function readSettings(path: string | undefined, faults: string[]): EhrSettings | undefined {
  if (path === undefined) return undefined;
  const judged = validateEhrSettings(readJson(path));
  if (judged.valid) return judged.value;
  faults.push(...judged.faults.map(({ pointer, detail }) => `EHR_CONFIG ${pointer} ${detail}`));
  return undefined;
}

/** Undefined when it cannot be read: a parser's message would quote the file, with its key. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function wrong(faults: readonly string[]): TypeError {
  return new TypeError(`The configuration has faults:\n${faults.join("\n")}`);
}
