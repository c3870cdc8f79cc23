import { readFileSync } from "node:fs";
import type { JWK } from "jose";
import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";

/** Written by the demonstration, which stays up. */
const DEFAULT_PATH = ".run/publish.json";

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const url = Type.String({ pattern: "^https?://[^?#]+$" });

const RecordingPlace = Type.Object(
  {
    url,
    /** The source's name at HelseID. */
    audience: text,
    clientId: text,
    privateJwk: Type.Unsafe<JWK>(Type.Object({ kty: text, alg: text, d: text })),
  },
  closed,
);

/** Where to record each type of resource, and in whose name. */
const PublishConfig = Type.Object(
  {
    issuer: url,
    /** Accept an issuer and sources on http, on this machine only. */
    allowInsecureIssuer: Type.Boolean(),
    sources: Type.Object({ Observation: RecordingPlace, CarePlan: RecordingPlace }, closed),
  },
  closed,
);
export type PublishConfig = Static<typeof PublishConfig>;
export type RecordingPlace = Static<typeof RecordingPlace>;

const validate = compileValidator(PublishConfig);

export type ConfigOutcome =
  | { readonly kind: "config"; readonly config: PublishConfig }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "faulty"; readonly path: string; readonly detail: string };

/** Reads the file that `PUBLISH_CONFIG` names. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ConfigOutcome {
  const path = env["PUBLISH_CONFIG"] || DEFAULT_PATH;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return isMissing(error)
      ? { kind: "missing", path }
      : { kind: "faulty", path, detail: "cannot be read as JSON" };
  }
  const judged = validate(content);
  if (judged.valid) return { kind: "config", config: judged.value };
  const faults = judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  return { kind: "faulty", path, detail: faults.join("; ") };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
