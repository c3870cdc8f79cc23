import { isIdentityNumber } from "#schemas/identity-number";
import type { Reference } from "./elements.ts";
import type { ResourceFault } from "./resource-fault.ts";

/** Systems of the national identity numbers (Norwegian basis profiles, no-basis-Patient). */
export const FNR_SYSTEM = "urn:oid:2.16.578.1.12.4.1.4.1";
export const DNR_SYSTEM = "urn:oid:2.16.578.1.12.4.1.4.2";

const SYSTEMS: readonly (string | undefined)[] = [FNR_SYSTEM, DNR_SYSTEM];

export type Subject =
  | { readonly kind: "person"; readonly identityNumber: string }
  | { readonly kind: "refused"; readonly fault: ResourceFault };

/**
 * The system that an identity number belongs to: a D-number has 4 added to its first digit, so that
 * it starts with 4 to 7.
 */
export function systemOf(identityNumber: string): string {
  return /^[4-7]/.test(identityNumber) ? DNR_SYSTEM : FNR_SYSTEM;
}

/** The person that a resource is about: `subject` as a logical reference by identity number. */
export function readSubject(resourceType: string, subject: Reference | undefined): Subject {
  const path = `${resourceType}.subject`;
  if (subject === undefined) return refuse(path, "is missing: who is this about?");
  const { identifier } = subject;
  if (identifier === undefined) {
    return refuse(
      `${path}.identifier`,
      "is missing: the patient is named by identity number, a reference cannot be followed here",
    );
  }
  if (!SYSTEMS.includes(identifier.system)) {
    return refuse(
      `${path}.identifier.system`,
      `must be ${FNR_SYSTEM} (fødselsnummer) or ${DNR_SYSTEM} (D-number)`,
    );
  }
  return readNumber(`${path}.identifier.value`, identifier.value ?? "");
}

function readNumber(path: string, value: string): Subject {
  return isIdentityNumber(value)
    ? { kind: "person", identityNumber: value }
    : refuse(path, "must be eleven digits with valid control digits");
}

function refuse(path: string, detail: string): Subject {
  return { kind: "refused", fault: { path, detail } };
}
