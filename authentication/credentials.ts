/** Header fields by lower-case name. A field that came twice is an array, never joined. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Credentials = { readonly accessToken: string; readonly proof: string };

export type CredentialsOutcome =
  | { readonly kind: "given"; readonly credentials: Credentials }
  | {
      readonly kind: "refused";
      readonly error: "missing_token" | "use_dpop" | "invalid_token" | "invalid_dpop_proof";
      readonly detail: string;
    };

/** RFC 9110 section 11.4: the scheme in any case, one or more spaces, the token. */
const AUTHORIZATION = /^([A-Za-z0-9-]+) +(\S+)$/;

/**
 * Takes the token and the proof out of the header. Only the DPoP scheme: an endpoint takes DPoP or
 * Bearer, never both (HelseID security profile), and a bound token shown as Bearer is to be refused
 * (RFC 9449 section 7.2).
 */
export function credentialsOf(headers: HeaderFields): CredentialsOutcome {
  const [authorization, ...moreAuthorizations] = valuesOf(headers["authorization"]);
  const [proof, ...moreProofs] = valuesOf(headers["dpop"]);
  if (authorization === undefined) return refused("missing_token", "no-authorization");
  if (moreAuthorizations.length > 0) return refused("invalid_token", "several-authorizations");
  const [, scheme, accessToken] = AUTHORIZATION.exec(authorization) ?? [];
  if (scheme?.toLowerCase() !== "dpop") return refused("use_dpop", "not-the-dpop-scheme");
  if (accessToken === undefined) return refused("invalid_token", "malformed");
  if (proof === undefined) return refused("invalid_dpop_proof", "no-proof");
  if (moreProofs.length > 0) return refused("invalid_dpop_proof", "several-proofs");
  return { kind: "given", credentials: { accessToken, proof } };
}

function valuesOf(field: string | readonly string[] | undefined): readonly string[] {
  if (field === undefined) return [];
  return typeof field === "string" ? [field] : field;
}

function refused(
  error: Extract<CredentialsOutcome, { kind: "refused" }>["error"],
  detail: string,
): CredentialsOutcome {
  return { kind: "refused", error, detail };
}
