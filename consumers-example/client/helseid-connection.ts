import { importJWK, type JWK } from "jose";
import * as oauth from "oauth4webapi";

/** Seconds that a client assertion lives; HelseID takes 60 at most. */
const ASSERTION_LIFE_SECONDS = 30;

/** HelseID's metadata is read again after a day (functional requirement FK2). */
const METADATA_LIFE_MS = 24 * 60 * 60 * 1000;

/** How long HelseID may take to answer. */
const ANSWER_TIMEOUT_MS = 10_000;

export type HelseidSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly privateJwk: JWK;
  /** Allows an issuer and APIs without TLS: for stand-ins, on one machine or a closed test network. */
  readonly allowInsecureIssuer?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** A structure in `assertion_details`, such as an attestation or the organisation acted for. */
export type AssertionDetail = oauth.JsonObject & { readonly type: string };

/** What every request of one client to HelseID is made with. */
export type HelseidConnection = {
  readonly client: oauth.Client;
  /** The key that this process's tokens are bound to; it never leaves the process. */
  readonly proofKey: oauth.DPoPHandle;
  /** Whether addresses without TLS may be called. */
  readonly insecure: boolean;
  readonly now: () => number;
  /** Makes `private_key_jwt`, with structures when there are any. */
  authentication(details: readonly AssertionDetail[]): oauth.ClientAuth;
  server(): Promise<oauth.AuthorizationServer>;
  options(): RequestOptions;
};

type RequestOptions = {
  readonly DPoP: oauth.DPoPHandle;
  readonly signal: AbortSignal;
  readonly [oauth.allowInsecureRequests]: boolean;
};

/**
 * Prepares a client of HelseID: its own key for `private_key_jwt`, a new key for DPoP (RFC 9449).
 * @throws TypeError when the key cannot be used, or the issuer uses no TLS and that is not allowed
 */
export async function connectHelseid(settings: HelseidSettings): Promise<HelseidConnection> {
  const issuer = new URL(settings.issuer);
  const insecure = settings.allowInsecureIssuer === true;
  if (issuer.protocol !== "https:" && !insecure) throw new TypeError("The issuer must use https");
  const client: oauth.Client = { client_id: settings.clientId };
  const proofKey = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  const key = await signingKey(settings.privateJwk);
  const now = settings.now ?? Date.now;
  const options = (): RequestOptions => ({
    DPoP: proofKey,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    [oauth.allowInsecureRequests]: insecure,
  });
  const authentication = (details: readonly AssertionDetail[]): oauth.ClientAuth =>
    oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: assertionRules(details) });
  return {
    client,
    proofKey,
    insecure,
    now,
    authentication,
    server: cachedMetadata(issuer, options, now),
    options,
  };
}

async function signingKey(jwk: JWK): Promise<oauth.PrivateKey> {
  const key = await importJWK(jwk, jwk.alg);
  if (key instanceof Uint8Array) throw new TypeError("The client's key must be asymmetric");
  return jwk.kid === undefined ? { key } : { key, kid: jwk.kid };
}

/** One structure stands alone, several in a list, as HelseID's own libraries write it. */
function assertionRules(details: readonly AssertionDetail[]): oauth.ModifyAssertionFunction {
  return (header, payload) => {
    header["typ"] = "client-authentication+jwt";
    payload["exp"] = Number(payload["iat"]) + ASSERTION_LIFE_SECONDS;
    const [only, ...others] = details;
    if (only === undefined) return;
    payload["assertion_details"] =
      others.length === 0 ? { ...only } : structuredClone([...details]);
  };
}

/** A failed attempt is not kept: the next request asks again. */
function cachedMetadata(
  issuer: URL,
  options: () => RequestOptions,
  now: () => number,
): () => Promise<oauth.AuthorizationServer> {
  let known: { readonly server: oauth.AuthorizationServer; readonly until: number } | undefined;
  return async () => {
    if (known === undefined || known.until <= now()) {
      const answer = await oauth.discoveryRequest(issuer, options());
      const server = await oauth.processDiscoveryResponse(issuer, answer);
      known = { server, until: now() + METADATA_LIFE_MS };
    }
    return known.server;
  };
}
