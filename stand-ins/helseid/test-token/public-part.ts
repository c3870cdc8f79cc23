import type { JWK } from "jose";

/** The public members of an elliptic-curve key, and nothing else. */
export function publicPart({ kty, crv, x, y }: JWK): Record<string, unknown> {
  return { kty, crv, x, y };
}
