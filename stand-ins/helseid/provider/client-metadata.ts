import type { ClientMetadata } from "oidc-provider";
import { identityScopes } from "../rules/claim-names.ts";
import type { ClientRegistration } from "../registration/registration-schema.ts";

/** A registration as oidc-provider wants it. */
export function clientMetadata(client: ClientRegistration): ClientMetadata {
  const login = client.grants.includes("authorization_code");
  const scopes = login ? [...Object.keys(identityScopes), ...client.scopes] : client.scopes;
  return {
    client_id: client.clientId,
    client_name: client.name,
    jwks: client.jwks,
    grant_types: client.grants,
    redirect_uris: client.redirectUris ?? [],
    response_types: login ? ["code"] : [],
    scope: scopes.join(" "),
  };
}
