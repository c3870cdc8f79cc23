import * as oauth from "oauth4webapi";

/** An access token and when it ends, in milliseconds since 1970. */
export type AccessToken = { readonly value: string; readonly expiresAt: number };

export type TokenFailure =
  /** HelseID says no; asking again without a change will not help. */
  | { readonly kind: "refused"; readonly reason: string }
  /** HelseID could not be asked. */
  | { readonly kind: "unavailable"; readonly reason: string };

export type TokenOutcome = { readonly kind: "token"; readonly token: AccessToken } | TokenFailure;

/** How long a token is taken to live when HelseID does not say, in seconds. */
const LEAST_LIFE_SECONDS = 60;

/** Reads a token answer's life. */
export function accessToken(answer: oauth.TokenEndpointResponse, now: number): AccessToken {
  const lifeSeconds = answer.expires_in ?? LEAST_LIFE_SECONDS;
  return { value: answer.access_token, expiresAt: now + lifeSeconds * 1000 };
}

/** Makes a failure of what `oauth4webapi` threw. Codes only: descriptions may quote the request. */
export function tokenFailure(error: unknown): TokenFailure {
  if (error instanceof oauth.ResponseBodyError) {
    const kind = error.status >= 500 ? "unavailable" : "refused";
    return { kind, reason: error.error };
  }
  if (error instanceof oauth.AuthorizationResponseError) {
    return { kind: "refused", reason: error.error };
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return { kind: "unavailable", reason: code ?? (error instanceof Error ? error.name : "unknown") };
}

/**
 * Sends once more when HelseID answers that the proof needs its nonce (RFC 9449 section 8); the
 * proof key remembers the nonce that came with the answer.
 */
export async function withNonce<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (oauth.isDPoPNonceError(error)) return send();
    throw error;
  }
}
