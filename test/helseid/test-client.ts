import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTVerifyResult } from "jose";
import * as oauth from "oauth4webapi";
import { REDIRECT_URI, type ClientKey } from "./registrations.ts";

/** What a test changes of an otherwise faultless client. */
export type TestClientOptions = {
  readonly clientId?: string;
  /** Changes the client assertion before it is signed. */
  readonly assertion?: oauth.ModifyAssertionFunction;
  readonly dpop?: oauth.DPoPHandle | undefined;
  /** Takes requests another way than their address says. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

export type TestClient = {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  /** Asks for a token for the client itself. @throws what oauth4webapi makes of a refusal */
  clientCredentials(
    scope?: string,
    more?: Record<string, string>,
  ): Promise<oauth.TokenEndpointResponse>;
  /** Pushes a request to log in. */
  push(parameters: Record<string, string>): Promise<oauth.PushedAuthorizationResponse>;
  /** Exchanges the code in the address that the browser came back to. */
  exchange(callback: URL, verifier: string): Promise<oauth.TokenEndpointResponse>;
};

/** A client of the stand-in that is built on a library that knows nothing of it. */
export async function createTestClient(
  issuer: string,
  { key, jwk }: ClientKey,
  options: TestClientOptions = {},
): Promise<TestClient> {
  const insecure = {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (address: string, init: object) => (options.fetch ?? fetch)(address, init),
  };
  const url = new URL(issuer);
  const discovered = await oauth.discoveryRequest(url, insecure);
  const server = await oauth.processDiscoveryResponse(url, discovered);
  const client: oauth.Client = { client_id: options.clientId ?? "single" };
  const authentication = oauth.PrivateKeyJwt(
    { key, kid: jwk.kid ?? "" },
    {
      [oauth.modifyAssertion]: (header, payload) => {
        header["typ"] = "client-authentication+jwt";
        options.assertion?.(header, payload);
      },
    },
  );
  const proofKey = await oauth.generateKeyPair("ES256");
  const dpop = "dpop" in options ? options.dpop : oauth.DPoP(client, proofKey);
  const request = { ...insecure, ...(dpop && { DPoP: dpop }) };
  return {
    server,
    client,
    async clientCredentials(scope, more = {}) {
      const parameters = { ...more, ...(scope !== undefined && { scope }) };
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        parameters,
        request,
      );
      return oauth.processClientCredentialsResponse(server, client, response);
    },
    async push(parameters) {
      const response = await oauth.pushedAuthorizationRequest(
        server,
        client,
        authentication,
        parameters,
        request,
      );
      return oauth.processPushedAuthorizationResponse(server, client, response);
    },
    async exchange(callback, verifier) {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck),
        REDIRECT_URI,
        verifier,
        request,
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    },
  };
}

/** Verifies an access token as an API would, against the published keys. */
export async function verified(
  issuer: string,
  token: string,
  audience: string,
): Promise<JWTVerifyResult> {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/openid-configuration/jwks`));
  return jwtVerify(token, keys, { issuer, audience, typ: "at+jwt", algorithms: ["ES256"] });
}

/** The error, with its description, that a request was refused with. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) {
      return `${error.error}: ${error.error_description ?? ""}`;
    }
    throw error;
  }
  return "not refused";
}

export function claimsOf(token: string): Record<string, unknown> {
  return decodeJwt(token);
}
