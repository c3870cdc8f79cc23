import * as oauth from "oauth4webapi";
import { attestationDetail, type Attestation } from "./attestation.ts";
import type { HelseidConnection } from "./helseid-connection.ts";
import { accessToken, tokenFailure, withNonce } from "./token-outcome.ts";
import type { AccessToken, TokenFailure } from "./token-outcome.ts";

/** Says who has logged in; the scope of an API comes in addition. */
const IDENTITY_SCOPES = ["openid", "profile", "helseid://scopes/hpr/hpr_number"];

/** A login that has begun; kept on the server, for the one browser that began it. */
export type PendingLogin = {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
};

export type BegunLogin = {
  readonly kind: "begun";
  /** Where the practitioner's browser is sent. */
  readonly url: URL;
  readonly pending: PendingLogin;
};

export type LoggedInPractitioner = {
  /** HelseID's pseudonym of the person. */
  readonly subject: string;
  readonly name: string;
  readonly hprNumber?: string;
};

export type CompletedLogin = {
  readonly kind: "logged-in";
  readonly practitioner: LoggedInPractitioner;
  readonly token: AccessToken;
};

export type PractitionerLogin = {
  /** Pushes the request to HelseID (RFC 9126) with PKCE; the scope is of one audience. */
  begin(request: { scope: string; redirectUri: string }): Promise<BegunLogin | TokenFailure>;
  /**
   * Exchanges the code that came back. The attestation, when there is one, is said in the client
   * assertion, so that it is in this token only, and its patient's number in no browser.
   */
  complete(
    pending: PendingLogin,
    callback: URL,
    attestation?: Attestation,
  ): Promise<CompletedLogin | TokenFailure>;
  /** Where a browser ends its login at HelseID as well; undefined when that cannot be told. */
  logoutUrl(): Promise<URL | undefined>;
};

/**
 * Logs practitioners in through HelseID. A token is for one audience and one patient: a new one is
 * a new trip of the browser, which HelseID answers without asking while its own login lasts.
 */
export function createPractitionerLogin(helseid: HelseidConnection): PractitionerLogin {
  return {
    async begin(request) {
      try {
        return await push(helseid, request);
      } catch (error) {
        return tokenFailure(error);
      }
    },
    async complete(pending, callback, attestation) {
      try {
        return await exchange(helseid, { pending, callback, attestation });
      } catch (error) {
        return tokenFailure(error);
      }
    },
    async logoutUrl() {
      const server = await helseid.server().catch(() => undefined);
      if (server?.end_session_endpoint === undefined) return undefined;
      const url = new URL(server.end_session_endpoint);
      url.searchParams.set("client_id", helseid.client.client_id);
      return url;
    },
  };
}

async function push(
  helseid: HelseidConnection,
  { scope, redirectUri }: { scope: string; redirectUri: string },
): Promise<BegunLogin> {
  const pending: PendingLogin = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
    redirectUri,
  };
  const { client } = helseid;
  const server = await helseid.server();
  const parameters = {
    response_type: "code",
    redirect_uri: redirectUri,
    scope: [...IDENTITY_SCOPES, scope].join(" "),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: "S256",
  };
  const pushed = await withNonce(async () => {
    const response = await oauth.pushedAuthorizationRequest(
      server,
      client,
      helseid.authentication([]),
      parameters,
      helseid.options(),
    );
    return oauth.processPushedAuthorizationResponse(server, client, response);
  });
  if (server.authorization_endpoint === undefined) throw new TypeError("HelseID has no login");
  const url = new URL(server.authorization_endpoint);
  url.searchParams.set("client_id", client.client_id);
  url.searchParams.set("request_uri", pushed.request_uri);
  return { kind: "begun", url, pending };
}

type Exchange = {
  readonly pending: PendingLogin;
  readonly callback: URL;
  readonly attestation: Attestation | undefined;
};

async function exchange(
  helseid: HelseidConnection,
  { pending, callback, attestation }: Exchange,
): Promise<CompletedLogin> {
  const { client } = helseid;
  const server = await helseid.server();
  const parameters = oauth.validateAuthResponse(server, client, callback, pending.state);
  const details = attestation === undefined ? [] : [attestationDetail(attestation)];
  const answer = await withNonce(async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      helseid.authentication(details),
      parameters,
      pending.redirectUri,
      pending.codeVerifier,
      helseid.options(),
    );
    const processed = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, helseid.options());
    return processed;
  });
  return {
    kind: "logged-in",
    practitioner: practitionerOf(answer),
    token: accessToken(answer, helseid.now()),
  };
}

function practitionerOf(answer: oauth.TokenEndpointResponse): LoggedInPractitioner {
  const claims = oauth.getValidatedIdTokenClaims(answer);
  if (claims === undefined) throw new TypeError("The answer holds no id token");
  const hprNumber: unknown = claims["helseid://claims/hpr/hpr_number"];
  const name: unknown = claims["name"];
  return {
    subject: claims.sub,
    name: typeof name === "string" ? name : "",
    ...(typeof hprNumber === "string" && { hprNumber }),
  };
}
