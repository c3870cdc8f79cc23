import { errors, type KoaContextWithOIDC } from "oidc-provider";

/** The security profile's longest life of an assertion. */
const MAX_ASSERTION_LIFE_S = 60;

/** Seconds that a client's clock may be ahead. */
const CLOCK_SKEW_S = 5;

const TYPES: readonly unknown[] = ["client-authentication+jwt", "JWT"];

type Claims = Readonly<Record<string, unknown>>;

/** HelseID's rules for a client assertion beyond those that oidc-provider checks itself. */
export function checkClientAssertion(
  ctx: KoaContextWithOIDC,
  claims: Claims,
  header: Claims,
): void {
  const fault = assertionFault(claims, header, ctx.oidc.issuer);
  if (fault !== undefined) throw new errors.InvalidClientAuth(fault);
}

function assertionFault(claims: Claims, header: Claims, issuer: string): string | undefined {
  if (!TYPES.includes(header["typ"])) return `typ must be one of: ${TYPES.join(", ")}`;
  const { aud, iat, exp } = claims;
  if (aud !== issuer) return "aud must be the issuer and nothing else";
  if (typeof iat !== "number" || typeof exp !== "number") return "iat and exp must be numbers";
  if (exp - iat > MAX_ASSERTION_LIFE_S) return `life is at most ${MAX_ASSERTION_LIFE_S} s`;
  return iat > Date.now() / 1000 + CLOCK_SKEW_S ? "iat is in the future" : undefined;
}
