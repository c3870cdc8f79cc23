import { errors } from "oidc-provider";

/** The OAuth errors that the stand-in's own rules answer with. */
export type OAuthError =
  | "invalid_scope"
  | "invalid_target"
  | "access_denied"
  | "invalid_authorization_details";

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: OAuthError; readonly description: string };

export function granted<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(error: OAuthError, description: string): Outcome<never> {
  return { ok: false, error, description };
}

/** The value of an outcome, for use inside oidc-provider. @throws the refusal as an OAuth error */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new errors.CustomOIDCProviderError(outcome.error, outcome.description);
}
