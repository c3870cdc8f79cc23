import type { PolicyChange } from "#decision/policy-objects";
import { isIdentityNumber } from "#schemas/identity-number";
import { isOrganisationNumber } from "#schemas/organisation-number";
import { Problem } from "#schemas/problem";
import type { Acting } from "./roles.ts";

/** Who changes policy now: goes into each policy object. */
export function changeBy({ caller }: Acting, now: number): PolicyChange {
  return { by: caller.organisation, client: caller.clientId, at: new Date(now).toISOString() };
}

/** Refuses a text that is no identity number, by its place and never by its value. */
export function requireIdentityNumber(text: string, pointer: string): void {
  if (isIdentityNumber(text)) return;
  throw new Problem("invalid-request", {
    errors: [{ pointer, detail: "must be a national identity number with valid control digits" }],
  });
}

/** Refuses a text that is no organisation number. */
export function requireOrganisationNumber(text: string, pointer: string): void {
  if (isOrganisationNumber(text)) return;
  throw new Problem("invalid-request", {
    errors: [{ pointer, detail: "must be an organisation number with a valid control digit" }],
  });
}
