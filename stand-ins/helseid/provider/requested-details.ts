import { decodeJwt } from "jose";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { AuthorizationDetails } from "../rules/authorization-element.ts";
import { gatherDetails } from "../rules/gather-details.ts";
import { refused, unwrap, type Outcome } from "../rules/outcome.ts";

/** The names of the parameter, and of the assertion's claim: today's and the older one. */
const NAMES = ["assertion_details", "authorization_details"];

/**
 * The structures of a token request: what its client assertion says, and what was pushed before the
 * login. @throws the refusal as an OAuth error
 */
export function detailsAtToken(ctx: KoaContextWithOIDC, pushed: unknown[]): AuthorizationDetails {
  return unwrap(gatherDetails([...pushed, ...assertionPlaces(ctx)]));
}

/**
 * Reads and judges the structures of a pushed request, and leaves them in its one parameter
 * `assertion_details`, with which they follow the login. @throws the refusal as an OAuth error
 */
export function keepPushedDetails(ctx: KoaContextWithOIDC): void {
  const params = ctx.oidc.params;
  if (ctx.oidc.route !== "pushed_authorization_request" || params === undefined) return;
  const written = NAMES.map((name) => params[name]).filter((value) => value !== undefined);
  const places = [...written.map((value) => unwrap(parse(value))), ...assertionPlaces(ctx)];
  const details = unwrap(gatherDetails(places));
  params["authorization_details"] = undefined;
  params["assertion_details"] = JSON.stringify(Object.values(details));
}

function assertionPlaces(ctx: KoaContextWithOIDC): unknown[] {
  const assertion = ctx.oidc.body?.["client_assertion"];
  if (typeof assertion !== "string") return [];
  // its signature was verified when the client was authenticated
  const claims = decodeJwt(assertion);
  return NAMES.map((name) => claims[name]);
}

function parse(text: unknown): Outcome<unknown> {
  try {
    return { ok: true, value: JSON.parse(String(text)) };
  } catch {
    return refused("invalid_authorization_details", "the parameter is not JSON");
  }
}
