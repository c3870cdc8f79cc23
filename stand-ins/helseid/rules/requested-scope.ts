import { identityScopes } from "./claim-names.ts";
import type { Directory } from "../registration/directory.ts";
import { granted, refused, type Outcome } from "./outcome.ts";
import type { ClientRegistration } from "../registration/registration-schema.ts";

export type ScopeRequest = {
  /** The `scope` parameter as it came. */
  readonly scope: string | undefined;
  readonly client: ClientRegistration;
  /** Whether a person logs in: only then do the identity scopes mean anything. */
  readonly withLogin: boolean;
};

/**
 * The one audience that a scope parameter asks for. Nothing is cut silently: a scope that cannot be
 * given refuses the whole request, and a token is for one API (RFC 8707 section 2).
 */
export function requestedAudience(request: ScopeRequest, directory: Directory): Outcome<string> {
  const scopes = (request.scope ?? "").split(" ").filter((scope) => scope !== "");
  const apiScopes = scopes.filter((scope) => !(request.withLogin && scope in identityScopes));
  const unknown = apiScopes.filter((scope) => directory.audienceOf(scope) === undefined);
  if (unknown.length > 0) return refused("invalid_scope", `unknown scope: ${unknown.join(", ")}`);
  const foreign = apiScopes.filter((scope) => !request.client.scopes.includes(scope));
  if (foreign.length > 0) {
    return refused("invalid_scope", `the client is not registered for: ${foreign.join(", ")}`);
  }
  const [audience, second] = new Set(apiScopes.flatMap((scope) => directory.audienceOf(scope)));
  if (audience === undefined) {
    return refused("invalid_scope", "no scope of an API was asked for: {audience}/{name}");
  }
  return second === undefined
    ? granted(audience)
    : refused(
        "invalid_target",
        `one token is for one audience, not both ${audience} and ${second}`,
      );
}
