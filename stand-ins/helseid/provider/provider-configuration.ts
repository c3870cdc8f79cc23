import {
  interactionPolicy,
  type Account,
  type AdapterFactory,
  type Configuration,
} from "oidc-provider";
import { practitionerClaims } from "../rules/access-token-claims.ts";
import { elementTypes } from "../rules/authorization-element.ts";
import { checkClientAssertion } from "./check-client-assertion.ts";
import { identityScopes } from "../rules/claim-names.ts";
import { clientMetadata } from "./client-metadata.ts";
import type { Directory } from "../registration/directory.ts";
import { issueClaims, type PushedDetails } from "./issue-claims.ts";
import { grantLogin } from "./login-grant.ts";
import { askToLogOut, loggedOut } from "./logout-pages.ts";
import { keepPushedDetails } from "./requested-details.ts";
import { renderError } from "./render-error.ts";
import { resourceIndicators } from "./resource-indicators.ts";
import type { SigningKeys } from "./signing-keys.ts";
import {
  ACCESS_TOKEN_LIFE_S,
  CODE_LIFE_S,
  LOGIN_LIFE_S,
  SESSION_LIFE_S,
} from "../rules/token-lives.ts";

/** FAPI 2.0 allows PS256 and ES256; HelseID takes their longer relatives too. */
const ALGORITHMS = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512"] as const;

const LIVES = {
  AccessToken: ACCESS_TOKEN_LIFE_S,
  AuthorizationCode: CODE_LIFE_S,
  ClientCredentials: ACCESS_TOKEN_LIFE_S,
  Grant: LOGIN_LIFE_S,
  IdToken: ACCESS_TOKEN_LIFE_S,
  Interaction: LOGIN_LIFE_S,
  Session: SESSION_LIFE_S,
};

export type ProviderParts = {
  readonly directory: Directory;
  readonly keys: SigningKeys;
  readonly adapter: AdapterFactory;
  readonly pushed: PushedDetails;
  readonly cookieKey: string;
  readonly nonceSecret: Buffer;
  readonly requireDpopNonce: boolean;
};

/** oidc-provider, set up to HelseID's paths, names and rules. */
export function providerConfiguration(parts: ProviderParts): Configuration {
  const { directory } = parts;
  return {
    adapter: parts.adapter,
    clients: directory.clients.map(clientMetadata),
    jwks: { keys: [...parts.keys.all()] },
    cookies: { keys: [parts.cookieKey] },
    routes: {
      authorization: "/connect/authorize",
      end_session: "/connect/endsession",
      jwks: "/.well-known/openid-configuration/jwks",
      pushed_authorization_request: "/connect/par",
      token: "/connect/token",
    },
    scopes: [...Object.keys(identityScopes), ...directory.scopes],
    claims: identityScopes,
    discovery: { authorization_details_types_supported: [...elementTypes] },
    ...clientRules(),
    features: features(parts),
    ttl: LIVES,
    interactions: { url: (_ctx, { uid }) => `/login/${uid}`, policy: loginOnly() },
    findAccount: (_ctx, sub) => findAccount(directory, sub),
    loadExistingGrant: (ctx) => grantLogin(ctx, parts.pushed),
    extraTokenClaims: (ctx, token) => issueClaims(ctx, token, parts),
    renderError,
  };
}

function clientRules(): Configuration {
  return {
    clientAuthMethods: ["private_key_jwt"],
    clientDefaults: {
      token_endpoint_auth_method: "private_key_jwt",
      id_token_signed_response_alg: "ES256",
      dpop_bound_access_tokens: true,
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...ALGORITHMS],
      dPoPSigningAlgValues: [...ALGORITHMS],
      idTokenSigningAlgValues: ["ES256"],
    },
    responseTypes: ["code"],
    pkce: { required: () => true },
    assertJwtClientAuthClaimsAndHeader: checkClientAssertion,
    extraParams: { assertion_details: keepPushedDetails, authorization_details: null },
  };
}

function features(parts: ProviderParts): NonNullable<Configuration["features"]> {
  return {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: askToLogOut,
      postLogoutSuccessSource: loggedOut,
    },
    userinfo: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: parts.nonceSecret,
      requireNonce: () => parts.requireDpopNonce,
    },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    resourceIndicators: resourceIndicators(parts.directory),
  };
}

/** The only question is who it is: there is nothing to consent to. */
function loginOnly(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove("consent");
  return policy;
}

function findAccount(directory: Directory, sub: string): Account | undefined {
  const person = directory.practitioner(sub);
  return person && { accountId: sub, claims: () => ({ ...practitionerClaims(person), sub }) };
}
