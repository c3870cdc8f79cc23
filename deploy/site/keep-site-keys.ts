import { readFile } from "node:fs/promises";
import type { JWK } from "jose";
import { Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import { writeOwnerOnlyOnce } from "./owner-only-file.ts";
import { newSiteKeys, type SiteKeys } from "./site-keys.ts";

const closed = { additionalProperties: false };
const Jwk = Type.Unsafe<JWK>(Type.Object({ kty: Type.Literal("EC"), kid: Type.String() }));
const ClientKey = Type.Object({ privateJwk: Jwk, publicJwk: Jwk }, closed);
const NatsUser = Type.Object(
  {
    seed: Type.String({ pattern: "^SU[A-Z2-7]{56}$" }),
    publicKey: Type.String({ pattern: "^U[A-Z2-7]{55}$" }),
  },
  closed,
);
const ControllerKeys = Type.Object(
  {
    masterKey: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" }),
    service: NatsUser,
    source: NatsUser,
    client: ClientKey,
  },
  closed,
);
const validateSiteKeys = compileValidator(
  Type.Object(
    {
      municipality: ControllerKeys,
      hospital: ControllerKeys,
      gp: ClientKey,
      ward: ClientKey,
      stranger: ClientKey,
    },
    closed,
  ),
);

/**
 * The site's keys as the file holds them; where there is no file, they are invented and written to it. Never overwrites:
 * what was stored under lost keys is lost.
 *
 * @throws TypeError when the file holds something else.
 */
export async function keepSiteKeys(path: string): Promise<SiteKeys> {
  const kept = await readKeys(path);
  if (kept !== undefined) return kept;
  const invented = await newSiteKeys();
  // Of two that invent at the same time, the first one's keys hold.
  await writeOwnerOnlyOnce(path, `${JSON.stringify(invented, null, 2)}\n`);
  return (await readKeys(path)) ?? invented;
}

async function readKeys(path: string): Promise<SiteKeys | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const judged = validateSiteKeys(parsed(text));
  if (judged.valid) return judged.value;
  const faults = judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw new TypeError(`${path} does not hold a site's keys: ${faults.join("; ")}`);
}

/** Undefined when it is not JSON; the parser's message would quote the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
