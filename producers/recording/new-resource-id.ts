import { randomBytes } from "node:crypto";
import { toLetters } from "#schemas/letters";

/**
 * 64 bits: a store refuses the rare double, and the id sealed for a consumer stays within the 64
 * characters of a FHIR id.
 */
const RESOURCE_ID_BYTES = 8;

/** How this source's own ids look. */
export const RESOURCE_ID_PATTERN = "[a-p]{16}";

export function newResourceId(): string {
  return toLetters(randomBytes(RESOURCE_ID_BYTES));
}
