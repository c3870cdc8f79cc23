import { createHash } from "node:crypto";
import {
  calculateJwkThumbprint,
  compactVerify,
  decodeProtectedHeader,
  errors,
  importJWK,
} from "jose";
import type { CryptoKey, JWK, ProtectedHeaderParameters } from "jose";
import type { ReplayCache } from "./replay-cache.ts";
import { normaliseHtu, targetUri } from "./target-uri.ts";
import { MAX_PROOF_CHARS, passesTokenGate } from "./token-gate.ts";

/** How old a proof may be, in seconds, as HelseID's own API validator has it. */
const PROOF_LIFE_SECONDS = 1;

/** How far the caller's clock may be from ours, in seconds, either way. */
const CLOCK_SKEW_SECONDS = 5;

/** How long a proof must be remembered: from the earliest moment that it is accepted to the last. */
export const PROOF_WINDOW_MS = (PROOF_LIFE_SECONDS + 2 * CLOCK_SKEW_SECONDS) * 1000;

/** Longest proof id: a UUID has 36 characters. A longer one would only fill the memory. */
const MAX_PROOF_ID_CHARS = 256;

/** Members that only a private or a symmetric key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4). */
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

export type ProofExpectations = {
  readonly accessToken: string;
  /** The thumbprint that the token is bound to (`cnf.jkt`). */
  readonly thumbprint: string;
  readonly method: string;
  /** The request's target as it arrived: path, perhaps with a query. */
  readonly target: string;
  /** The address that callers use; behind a proxy not the one that we listen at. */
  readonly externalUrl: string;
  readonly algorithms: readonly string[];
  readonly replayCache: ReplayCache;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

type ProofRefusal =
  | "malformed"
  | "type"
  | "algorithm"
  | "key"
  | "private-key"
  | "another-key"
  | "signature"
  | "token-hash"
  | "proof-id"
  | "method"
  | "target"
  | "issued-at"
  | "too-old"
  | "from-the-future"
  | "replayed";

export type ProofOutcome =
  | { readonly kind: "verified" }
  | { readonly kind: "refused"; readonly reason: ProofRefusal }
  | { readonly kind: "unavailable"; readonly cause: unknown };

type Claims = Record<string, unknown>;

/**
 * Whether a proof shows that the caller holds the key that its token is bound to, for this request
 * and for the first time (RFC 9449 section 4.3). Only a proof that holds is remembered.
 */
export async function verifyDpopProof(
  proof: string,
  expected: ProofExpectations,
): Promise<ProofOutcome> {
  const signed = await verifySignature(proof, expected);
  if (typeof signed === "string") return { kind: "refused", reason: signed };
  const reason = refusalOf(signed, expected);
  if (reason !== undefined) return { kind: "refused", reason };
  return remember(String(signed["jti"]), expected);
}

async function verifySignature(
  proof: string,
  { algorithms, thumbprint }: ProofExpectations,
): Promise<Claims | ProofRefusal> {
  const header = headerOf(proof);
  if (header === undefined) return "malformed";
  const declared = declaredKey(header, algorithms);
  if (typeof declared === "string") return declared;
  const key = await importBoundKey(declared, thumbprint);
  if (typeof key === "string") return key;
  try {
    const { payload } = await compactVerify(proof, key, { algorithms: [declared.alg] });
    return claimsOf(payload) ?? "malformed";
  } catch (error) {
    return error instanceof errors.JWSSignatureVerificationFailed ? "signature" : "malformed";
  }
}

type DeclaredKey = { readonly alg: string; readonly jwk: JWK };

/** The key that the proof brings along: public, and for an algorithm that we take. */
function declaredKey(
  { typ, alg, jwk }: ProtectedHeaderParameters,
  algorithms: readonly string[],
): DeclaredKey | ProofRefusal {
  if (typ !== "dpop+jwt") return "type";
  if (alg === undefined || !algorithms.includes(alg)) return "algorithm";
  if (!isRecord(jwk)) return "key";
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return "private-key";
  return { alg, jwk };
}

/** Throws nothing: a key that cannot be read is a refusal like any other. */
async function importBoundKey(
  { alg, jwk }: DeclaredKey,
  thumbprint: string,
): Promise<CryptoKey | Uint8Array | ProofRefusal> {
  try {
    if ((await calculateJwkThumbprint(jwk)) !== thumbprint) return "another-key";
    return await importJWK(jwk, alg);
  } catch {
    return "key";
  }
}

function headerOf(proof: string): ProtectedHeaderParameters | undefined {
  if (!passesTokenGate(proof, MAX_PROOF_CHARS)) return undefined;
  try {
    return decodeProtectedHeader(proof);
  } catch {
    return undefined;
  }
}

function claimsOf(payload: Uint8Array): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return isRecord(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Claims {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusalOf(claims: Claims, expected: ProofExpectations): ProofRefusal | undefined {
  const { jti, htm, htu, iat, ath } = claims;
  if (ath !== sha256(expected.accessToken)) return "token-hash";
  if (!isProofId(jti)) return "proof-id";
  if (htm !== expected.method) return "method";
  const target = targetUri(expected.externalUrl, expected.target);
  if (target === undefined || normaliseHtu(htu) !== target) return "target";
  return ageRefusal(iat, expected.now());
}

function isProofId(jti: unknown): boolean {
  return typeof jti === "string" && jti !== "" && jti.length <= MAX_PROOF_ID_CHARS;
}

/** In whole milliseconds, so that no proof outlives the memory of it by a rounding. */
function ageRefusal(iat: unknown, now: number): ProofRefusal | undefined {
  if (typeof iat !== "number" || !Number.isFinite(iat)) return "issued-at";
  const ageMs = now - Math.floor(iat * 1000);
  if (ageMs >= (PROOF_LIFE_SECONDS + CLOCK_SKEW_SECONDS) * 1000) return "too-old";
  return ageMs < -CLOCK_SKEW_SECONDS * 1000 ? "from-the-future" : undefined;
}

/** Per key, so that nobody can use up another's ids; hashed, so that an entry's size is fixed. */
function remember(jti: string, { thumbprint, replayCache }: ProofExpectations): ProofOutcome {
  const outcome = replayCache.remember(sha256(`${thumbprint}.${jti}`));
  if (outcome === "first") return { kind: "verified" };
  if (outcome === "again") return { kind: "refused", reason: "replayed" };
  return { kind: "unavailable", cause: new Error("the memory of seen proofs is full") };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
