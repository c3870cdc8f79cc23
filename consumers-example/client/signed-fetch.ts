import * as oauth from "oauth4webapi";
import type { Answer, CallFailure } from "./call-outcome.ts";
import type { HelseidConnection } from "./helseid-connection.ts";
import { readAnswer } from "./read-answer.ts";
import type { AccessToken, TokenOutcome } from "./token-outcome.ts";

/** How long a call may take, when its caller does not say: two lookups' worth of patience. */
const DEFAULT_TIMEOUT_MS = 15_000;

export type SignedRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly accept?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** Where a request's token comes from. */
export type TokenSource = {
  get(): Promise<TokenOutcome>;
  /** Called when the API did not take the token. */
  forget?(token: AccessToken): void;
};

/** Of the connection to HelseID, what calling an API takes. */
type Caller = Pick<HelseidConnection, "proofKey" | "insecure" | "now">;

export type SignedFetch = (request: SignedRequest) => Promise<Answer | CallFailure>;

/**
 * Calls an API with a DPoP-bound token and a proof made for this one request (RFC 9449): method,
 * address without query, hash of the token. A 401 is answered once with a fresh token and proof,
 * which also covers an API that asks for a nonce.
 */
export function createSignedFetch(helseid: Caller, tokens: TokenSource): SignedFetch {
  return async (request) => {
    if (request.url.protocol !== "https:" && !helseid.insecure) {
      return { kind: "refused", status: 0, reason: "the address has no TLS" };
    }
    const first = await tokens.get();
    if (first.kind !== "token") return withoutToken(first);
    const answer = await send(helseid, request, first.token);
    if (answer.kind !== "answered" || answer.status !== 401) return answer;
    tokens.forget?.(first.token);
    const second = await tokens.get();
    return second.kind === "token" ? send(helseid, request, second.token) : withoutToken(second);
  };
}

function withoutToken(failure: Exclude<TokenOutcome, { kind: "token" }>): CallFailure {
  const reason = `no token from HelseID: ${failure.reason}`;
  return failure.kind === "refused"
    ? { kind: "refused", status: 401, reason }
    : { kind: "unavailable", reason };
}

async function send(
  helseid: Caller,
  request: SignedRequest,
  token: AccessToken,
): Promise<Answer | CallFailure> {
  try {
    return await readAnswer(await respond(helseid, request, token), helseid.now());
  } catch (error) {
    return { kind: "unavailable", reason: networkReason(error) };
  }
}

async function respond(
  { proofKey, insecure }: Caller,
  request: SignedRequest,
  token: AccessToken,
): Promise<Response> {
  const { method, url, body, accept = "application/json" } = request;
  const headers = new Headers({ accept });
  if (body !== undefined) headers.set("content-type", "application/json");
  const text = body === undefined ? null : JSON.stringify(body);
  try {
    return await oauth.protectedResourceRequest(token.value, method, url, headers, text, {
      DPoP: proofKey,
      signal: deadline(request),
      [oauth.allowInsecureRequests]: insecure,
    });
  } catch (error) {
    // a 401 with a challenge is an answer to us, to be read like the others
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
    throw error;
  }
}

function deadline({ signal, timeoutMs = DEFAULT_TIMEOUT_MS }: SignedRequest): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** The network's own code, such as ECONNREFUSED: addresses can hold what is not for a log. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.name;
}
