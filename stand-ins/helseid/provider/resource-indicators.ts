import type { Client, KoaContextWithOIDC, ResourceServer } from "oidc-provider";
import { identityScopes } from "../rules/claim-names.ts";
import type { Directory } from "../registration/directory.ts";
import { registrationOf } from "./issue-claims.ts";
import { refused, unwrap } from "../rules/outcome.ts";
import { requestedAudience } from "../rules/requested-scope.ts";
import { ACCESS_TOKEN_LIFE_S } from "../rules/token-lives.ts";

type ResourceIndicators = {
  enabled: true;
  defaultResource: (ctx: KoaContextWithOIDC) => string;
  useGrantedResource: () => true;
  getResourceServerInfo: (
    ctx: KoaContextWithOIDC,
    resource: string,
    client: Client,
  ) => ResourceServer;
};

/**
 * HelseID's clients name no resource: the scope's prefix says which API a token is for. Answering
 * with a resource always also keeps oidc-provider from issuing opaque tokens.
 */
export function resourceIndicators(directory: Directory): ResourceIndicators {
  return {
    enabled: true,
    defaultResource: (ctx) => audienceOf(ctx, directory),
    useGrantedResource: () => true,
    getResourceServerInfo(ctx, resource) {
      // a code's scope was judged when it was asked for
      const exchange = ctx.oidc.params?.["grant_type"] === "authorization_code";
      if (!exchange && audienceOf(ctx, directory) !== resource) {
        unwrap(refused("invalid_target", `the scope is not one of ${resource}`));
      }
      const scopes = [...(directory.scopesOf(resource) ?? []), ...Object.keys(identityScopes)];
      return {
        audience: resource,
        scope: scopes.join(" "),
        accessTokenFormat: "jwt",
        accessTokenTTL: ACCESS_TOKEN_LIFE_S,
        jwt: { sign: { alg: "ES256" } },
      };
    },
  };
}

function audienceOf(ctx: KoaContextWithOIDC, directory: Directory): string {
  const { scope, grant_type: grantType } = ctx.oidc.params ?? {};
  return unwrap(
    requestedAudience(
      {
        scope: typeof scope === "string" ? scope : undefined,
        client: registrationOf(ctx, directory),
        withLogin: grantType !== "client_credentials",
      },
      directory,
    ),
  );
}
