import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import type {
  Authentication,
  AuthenticationError,
  Authenticator,
} from "#authentication/authenticator";
import { Problem, type ProblemCode } from "#schemas/problem";
import { rememberCaller } from "./caller-of.ts";
import { noteForLog } from "./request-log.ts";

/** What a caller is told to wait when the issuer's keys cannot be had, in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** The error that the challenge names, by the codes of RFC 6750 and RFC 9449; none without a try. */
const CHALLENGE_ERROR: Record<AuthenticationError, string | undefined> = {
  missing_token: undefined,
  use_dpop: "invalid_token",
  invalid_token: "invalid_token",
  invalid_dpop_proof: "invalid_dpop_proof",
  invalid_attestation: "invalid_token",
  // Rule ATT-58 of the trust framework prescribes this very string.
  attestation_has_expired: "attestation_has_expired",
};

/**
 * A hook for `onRequest` that lets only authenticated callers with a scope pass (any one, when
 * several are given), before anything of the body is read. Refusals: 401 with a DPoP challenge, or
 * 403 when the scope is missing; 503 when it cannot be told who calls. After it,
 * `callerOf(request)` says who it is.
 */
export function requireCaller(
  authenticator: Authenticator,
  { scope }: { scope: string | readonly string[] },
): onRequestAsyncHookHandler {
  const accepted = [scope].flat();
  return async (request, reply) => {
    const outcome = await authenticator.authenticate({
      method: request.method,
      path: request.raw.url ?? "",
      headers: credentialFields(request.raw.rawHeaders),
    });
    if (outcome.kind !== "authenticated") throw refusal(outcome, { authenticator, request, reply });
    const { caller } = outcome;
    noteForLog(request, { clientId: caller.clientId });
    if (!accepted.some((one) => caller.scopes.has(one))) {
      challenge(reply, { error: "insufficient_scope", scope: accepted.join(" ") });
      throw new Problem("forbidden", { detail: `the scope ${accepted.join(" or ")} is needed` });
    }
    rememberCaller(request, caller);
  };
}

/** From the raw fields: parsed, a second `Authorization` is dropped and a second `DPoP` joined. */
function credentialFields(rawHeaders: readonly string[]): Record<string, string[]> {
  const fields = { authorization: new Array<string>(), dpop: new Array<string>() };
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase();
    if (name === "authorization" || name === "dpop") fields[name].push(rawHeaders[at + 1] ?? "");
  }
  return fields;
}

type Refused = Exclude<Authentication, { kind: "authenticated" }>;

type Exchange = {
  readonly authenticator: Authenticator;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

function refusal(outcome: Refused, { authenticator, request, reply }: Exchange): Problem {
  if (outcome.kind === "unavailable") {
    return new Problem("unavailable", {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: outcome.cause,
    });
  }
  const { error, detail } = outcome;
  noteForLog(request, { reason: `${error}: ${detail}` });
  challenge(reply, { error: CHALLENGE_ERROR[error], algs: authenticator.algorithms.join(" ") });
  const code: ProblemCode = error === "invalid_dpop_proof" ? "invalid-proof" : "unauthenticated";
  return new Problem(code, { detail: `${error}: ${detail}` });
}

/** RFC 9449 section 7.1. The values are ours, so none has a character that would need escaping. */
function challenge(reply: FastifyReply, params: Record<string, string | undefined>): void {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const text = given.map(([name, value]) => `${name}="${value}"`).join(", ");
  void reply.header("www-authenticate", `DPoP ${text}`);
}
