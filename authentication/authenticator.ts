import type { JWTVerifyGetKey } from "jose";
import { callerFrom, type Caller, type CallerOutcome } from "./caller.ts";
import { credentialsOf, type Credentials, type HeaderFields } from "./credentials.ts";
import { createReplayCache, type ReplayCache } from "./replay-cache.ts";
import { asymmetricAlgorithms, DEFAULT_ALGORITHMS } from "./signature-algorithms.ts";
import { verifyAccessToken } from "./verify-access-token.ts";
import { PROOF_WINDOW_MS, verifyDpopProof } from "./verify-dpop-proof.ts";

export type AuthenticatorOptions = {
  readonly issuer: string;
  readonly audience: string;
  /**
   * The address that callers use, without query. A function where it is known only later, such as
   * with a port chosen by the system.
   */
  readonly externalUrl: string | (() => string);
  /** The issuer's keys: see `discoverKeys`. */
  readonly keys: JWTVerifyGetKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Asymmetric signature algorithms for tokens and proofs. */
  readonly algorithms?: readonly string[];
  readonly replayCache?: ReplayCache;
};

export type AuthenticationRequest = {
  readonly method: string;
  /** The request's target as it arrived: path, perhaps with a query. */
  readonly path: string;
  readonly headers: HeaderFields;
};

export type AuthenticationError =
  | "missing_token"
  | "use_dpop"
  | "invalid_token"
  | "invalid_dpop_proof"
  | "invalid_attestation"
  | "attestation_has_expired";

export type Authentication =
  | { readonly kind: "authenticated"; readonly caller: Caller }
  | { readonly kind: "refused"; readonly error: AuthenticationError; readonly detail: string }
  /** Not the caller's fault, and no answer to who it is. */
  | { readonly kind: "unavailable"; readonly cause: unknown };

export type Authenticator = {
  readonly algorithms: readonly string[];
  authenticate(request: AuthenticationRequest): Promise<Authentication>;
};

/**
 * Says who is calling: a HelseID access token, presented with the DPoP scheme and a proof for this
 * very request. Keeps nothing of a request but the hash of its proof's id.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { now, externalUrl } = options;
  const replayCache =
    options.replayCache ?? createReplayCache({ now, lifetimeMs: PROOF_WINDOW_MS });
  const algorithms = asymmetricAlgorithms(options.algorithms ?? DEFAULT_ALGORITHMS);

  async function verify(
    request: AuthenticationRequest,
    given: Credentials,
  ): Promise<Authentication> {
    const token = await verifyAccessToken(given.accessToken, { ...options, algorithms });
    if (token.kind === "unavailable") return token;
    if (token.kind === "refused") return refused("invalid_token", token.reason);
    const proof = await verifyDpopProof(given.proof, {
      accessToken: given.accessToken,
      thumbprint: token.claims.cnf.jkt,
      method: request.method,
      target: request.path,
      externalUrl: typeof externalUrl === "string" ? externalUrl : externalUrl(),
      algorithms,
      replayCache,
      now,
    });
    if (proof.kind === "unavailable") return proof;
    if (proof.kind === "refused") return refused("invalid_dpop_proof", proof.reason);
    return authentication(callerFrom(token.claims, now()));
  }

  return {
    algorithms,
    async authenticate(request) {
      const given = credentialsOf(request.headers);
      return given.kind === "refused" ? given : verify(request, given.credentials);
    },
  };
}

function authentication(outcome: CallerOutcome): Authentication {
  if (outcome.kind === "known") return { kind: "authenticated", caller: outcome.caller };
  if (outcome.kind === "refused") return refused("invalid_token", outcome.reason);
  return outcome.reason === "attestation_has_expired"
    ? refused("attestation_has_expired", outcome.reason)
    : refused("invalid_attestation", outcome.detail ?? outcome.reason);
}

function refused(error: AuthenticationError, detail: string): Authentication {
  return { kind: "refused", error, detail };
}
