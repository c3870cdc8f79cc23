import { createHmac } from "node:crypto";
import { isIdentityNumber } from "./identity-number.ts";
import { toLetters } from "./letters.ts";

/** 128 bits: no two of a tenant's persons will ever meet, and a subject stays short. */
const ALIAS_BYTES = 16;

/** Letters of an alias. */
export const ALIAS_PATTERN = "^[a-p]{32}$";

/**
 * The name of a person inside one tenant: HMAC-SHA-256 of the identity number under the tenant's
 * alias key. Without the key it can be neither reversed nor recomputed from a list of numbers.
 */
export function aliasOf(aliasKey: Uint8Array, identityNumber: string): string {
  if (!isIdentityNumber(identityNumber)) throw new TypeError("Not an identity number");
  const mac = createHmac("sha256", aliasKey).update(identityNumber).digest();
  return toLetters(mac.subarray(0, ALIAS_BYTES));
}
