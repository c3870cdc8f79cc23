import { type Static, Type } from "typebox";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";

const httpAddress = (description: string) =>
  Type.String({ pattern: "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$", description });

/** The preparation's part of the environment. */
export const Environment = Type.Object({
  SITE_DIRECTORY: Type.String({ minLength: 1, description: "Folder that everything is put in" }),
  HELSEID_ISSUER: httpAddress("HelseID's issuer"),
  SERVICE_URL: httpAddress("Subscription service"),
  MEASUREMENTS_URL: httpAddress("Source of measurements"),
  PLANS_URL: httpAddress("Source of plans"),
  GP_EHR_URL: httpAddress("EHR of the GP's office"),
  WARD_EHR_URL: httpAddress("EHR of the hospital ward"),
  STRANGER_EHR_URL: httpAddress("EHR of an office without care relationships"),
  NATS_URL: Type.String({
    pattern: "^nats://[A-Za-z0-9.-]+:[0-9]{1,5}$",
    description: "Where the NATS server is to listen",
  }),
  POSTGRES_URL: Type.String({
    pattern: "^postgres://[A-Za-z0-9.-]+:[0-9]{1,5}$",
    description: "Where the PostgreSQL server listens",
  }),
});

export type PrepareConfig = Static<typeof Environment>;

const judge = strictAjv({ allErrors: true }).compile<PrepareConfig>(Environment);

/** Reads and judges the environment. @throws TypeError that lists every fault at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): PrepareConfig {
  const values: unknown = { ...env };
  if (judge(values)) return values;
  const faults = faultsOf(judge.errors).map(
    ({ pointer, detail }) => `${pointer.slice(2)} ${detail}`,
  );
  throw new TypeError(`The configuration has faults:\n${faults.join("\n")}`);
}
