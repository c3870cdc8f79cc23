import { importJWK, type JWK } from "jose";
import * as oauth from "oauth4webapi";

/** HelseID takes assertions of at most a minute; this one is used at once. */
const ASSERTION_LIFE_SECONDS = 30;

/** A token that is about to end is not used any more. */
const LEEWAY_SECONDS = 5;

/** Longer than a source is asked to wait for its broker. */
const TIMEOUT_MS = 15_000;

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "[::1]", "localhost"]);

export type TokenClientOptions = {
  readonly issuer: string;
  /** Lets issuer and sources be plain http, on this machine only. */
  readonly allowInsecureIssuer: boolean;
  readonly clientId: string;
  readonly privateJwk: JWK;
  readonly scope: string;
};

type Token = { readonly value: string; readonly endsAt: number };

/**
 * Calls an API as a machine, as HelseID demands: the client proves itself by a signed assertion
 * (`private_key_jwt`), and its token is bound to a key of this process (DPoP, RFC 9449).
 */
export class TokenClient {
  readonly #options: TokenClientOptions;
  readonly #client: oauth.Client;
  readonly #dpop: Promise<oauth.DPoPHandle>;
  #server: Promise<oauth.AuthorizationServer> | undefined;
  #token: Token | undefined;

  constructor(options: TokenClientOptions) {
    this.#options = options;
    this.#client = { client_id: options.clientId };
    this.#dpop = oauth
      .generateKeyPair("ES256")
      .then((keyPair) => oauth.DPoP(this.#client, keyPair));
  }

  /** Sends a body with token and proof. Rejects when issuer or API cannot be reached or refuse the client. */
  async post(url: URL, body: string, headers: Headers): Promise<Response> {
    const { value } = await this.#freshToken();
    return oauth.protectedResourceRequest(value, "POST", url, headers, body, {
      ...this.#settings(url),
      DPoP: await this.#dpop,
    });
  }

  async #freshToken(): Promise<Token> {
    const now = Date.now() / 1000;
    if (this.#token !== undefined && this.#token.endsAt > now + LEEWAY_SECONDS) return this.#token;
    const { access_token: value, expires_in: life = 0 } = await this.#fetchToken();
    this.#token = { value, endsAt: now + life };
    return this.#token;
  }

  /** The issuer may answer the first proof with a nonce to put into the second. */
  async #fetchToken(): Promise<oauth.TokenEndpointResponse> {
    try {
      return await this.#askForToken();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return this.#askForToken();
    }
  }

  async #askForToken(): Promise<oauth.TokenEndpointResponse> {
    const server = await (this.#server ??= this.#discover());
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      this.#client,
      await this.#authentication(),
      { scope: this.#options.scope },
      { ...this.#settings(new URL(this.#options.issuer)), DPoP: await this.#dpop },
    );
    return oauth.processClientCredentialsResponse(server, this.#client, answer);
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#options.issuer);
    const answer = await oauth.discoveryRequest(issuer, this.#settings(issuer));
    return oauth.processDiscoveryResponse(issuer, answer);
  }

  async #authentication(): Promise<oauth.ClientAuth> {
    const { privateJwk } = this.#options;
    const key = await importJWK(privateJwk, privateJwk.alg);
    if (key instanceof Uint8Array) throw new TypeError("The client's key is not a private key");
    const { kid } = privateJwk;
    return oauth.PrivateKeyJwt(kid === undefined ? { key } : { key, kid }, {
      [oauth.modifyAssertion]: (header, claims) => {
        header["typ"] = "client-authentication+jwt";
        claims["exp"] = Number(claims["iat"]) + ASSERTION_LIFE_SECONDS;
      },
    });
  }

  #settings({ hostname }: URL): {
    signal: () => AbortSignal;
    [oauth.allowInsecureRequests]: boolean;
  } {
    return {
      signal: () => AbortSignal.timeout(TIMEOUT_MS),
      [oauth.allowInsecureRequests]:
        this.#options.allowInsecureIssuer && LOOPBACK_HOSTS.has(hostname),
    };
  }
}
