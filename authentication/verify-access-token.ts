import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { MAX_ACCESS_TOKEN_CHARS, passesTokenGate } from "./token-gate.ts";

/** How far apart the issuer's clock and ours may be: HelseID asks for "a few seconds". */
const CLOCK_LEEWAY_SECONDS = 5;

/** Types that an access token may declare (RFC 9068 section 4, and plain JWT as HelseID allows). */
const TOKEN_TYPES = new Set(["at+jwt", "application/at+jwt", "jwt"]);

/** Longest token id: HelseID's have 32 to 64 characters. */
const MAX_TOKEN_ID_CHARS = 256;

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

export type TokenExpectations = {
  /** Compared letter by letter with `iss`. */
  readonly issuer: string;
  /** Must be the token's only audience. */
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

type TokenRefusal =
  | "malformed"
  | "algorithm"
  | "type"
  | "unknown-key"
  | "signature"
  | "issuer"
  | "audience"
  | "expired"
  | "not-yet-valid"
  | "missing-claim"
  | "not-bound";

export type TokenOutcome =
  | { readonly kind: "verified"; readonly claims: VerifiedClaims }
  | { readonly kind: "refused"; readonly reason: TokenRefusal }
  | { readonly kind: "unavailable"; readonly cause: unknown };

/** Claims of a token whose signature, issuer, audience and times hold. */
export type VerifiedClaims = JWTPayload & {
  readonly client_id: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly cnf: { readonly jkt: string };
};

/** The issuer's keys could not be had: no fault of the token. */
class KeysUnavailable extends Error {}

/**
 * Whether a text is an access token from our issuer, for us, now, bound to a DPoP key
 * (RFC 9068 section 4, RFC 8725, HelseID "Validating Access Tokens"). It does not prove that the
 * caller holds that key: see `verify-dpop-proof.ts`.
 */
export async function verifyAccessToken(
  token: string,
  expected: TokenExpectations,
): Promise<TokenOutcome> {
  if (!passesTokenGate(token, MAX_ACCESS_TOKEN_CHARS)) {
    return { kind: "refused", reason: "malformed" };
  }
  try {
    const { payload, protectedHeader } = await jwtVerify(token, availableKeys(expected.keys), {
      algorithms: [...expected.algorithms],
      issuer: expected.issuer,
      audience: expected.audience,
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      currentDate: new Date(expected.now()),
      requiredClaims: ["client_id", "jti", "iat", "exp"],
    });
    return judge(payload, { type: protectedHeader.typ, now: expected.now() });
  } catch (error) {
    if (error instanceof KeysUnavailable) return { kind: "unavailable", cause: error.cause };
    return { kind: "refused", reason: reasonOf(error) };
  }
}

/** The same keys, with "there is no such key" kept apart from "the keys could not be fetched". */
function availableKeys(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (isAboutTheToken(cause)) throw cause;
      throw new KeysUnavailable("the issuer's keys are not available", { cause });
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return isUnknownKey(error) || error instanceof errors.JOSENotSupported;
}

function isUnknownKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** What the library leaves open: the declared type, a single audience, the claims' own types. */
function judge(payload: JWTPayload, at: { type: unknown; now: number }): TokenOutcome {
  const reason = refusalOf(payload, at);
  if (reason !== undefined) return { kind: "refused", reason };
  return hasOurClaims(payload)
    ? { kind: "verified", claims: payload }
    : { kind: "refused", reason: "missing-claim" };
}

function refusalOf(
  payload: JWTPayload,
  { type, now }: { type: unknown; now: number },
): TokenRefusal | undefined {
  if (typeof type !== "string" || !TOKEN_TYPES.has(type.toLowerCase())) return "type";
  if (Array.isArray(payload.aud) && payload.aud.length !== 1) return "audience";
  if (Number(payload.iat) * 1000 > now + CLOCK_LEEWAY_SECONDS * 1000) return "not-yet-valid";
  return isBound(payload) ? undefined : "not-bound";
}

function isBound(payload: JWTPayload): boolean {
  const cnf = payload["cnf"];
  return (
    typeof cnf === "object" &&
    cnf !== null &&
    "jkt" in cnf &&
    typeof cnf.jkt === "string" &&
    THUMBPRINT.test(cnf.jkt)
  );
}

function hasOurClaims(payload: JWTPayload): payload is VerifiedClaims {
  const { jti, iat, exp, client_id: clientId } = payload;
  return (
    isText(clientId) &&
    isText(jti) &&
    jti.length <= MAX_TOKEN_ID_CHARS &&
    typeof iat === "number" &&
    typeof exp === "number"
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

const REASON_OF_CLAIM: Record<string, TokenRefusal> = {
  iss: "issuer",
  aud: "audience",
  nbf: "not-yet-valid",
};

/** The library's error as our reason. What it does not name is "malformed": refused all the same. */
function reasonOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return REASON_OF_CLAIM[error.claim] ?? "missing-claim";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (isUnknownKey(error)) return "unknown-key";
  return "malformed";
}
