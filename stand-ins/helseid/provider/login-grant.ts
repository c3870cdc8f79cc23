import type { Grant, KoaContextWithOIDC } from "oidc-provider";
import type { PushedDetails } from "./issue-claims.ts";
import { CODE_LIFE_S } from "../rules/token-lives.ts";

/**
 * Grants a login all that was asked for, without a question: practitioners consent to nothing, their
 * employer decides. What was pushed with the request is kept for the exchange of the code.
 */
export async function grantLogin(
  ctx: KoaContextWithOIDC,
  pushed: PushedDetails,
): Promise<Grant | undefined> {
  const { client, params, provider, session } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  const scope = String(params?.["scope"]);
  // the APIs' scopes are among the provider's own, so both kinds must be granted
  grant.addOIDCScope(scope);
  grant.addResourceScope(String(params?.["resource"]), scope);
  const grantId = await grant.save();
  pushed.set(grantId, pushedElements(params?.["assertion_details"]), 2 * CODE_LIFE_S);
  return grant;
}

/** The list that was judged, and written, when the request was pushed. */
function pushedElements(parameter: unknown): unknown[] {
  const elements: unknown = typeof parameter === "string" ? JSON.parse(parameter) : [];
  return Array.isArray(elements) ? elements : [];
}
