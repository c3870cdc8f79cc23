import { GP_OFFICE } from "./registrations.ts";

export const ATTESTATION_TYPE = "nhn:tillitsrammeverk:parameters";

/** The patient whom the attestation is about. */
const PATIENT = "12819045672";

const ORGANISATION = "urn:oid:2.16.578.1.12.4.1.4.101";

type Json = string | number | boolean | Json[] | { [member: string]: Json };

/** Changes to make, member by member; undefined leaves a member out. */
type Changes = { readonly [member: string]: Changes | string | number | undefined };

/** A faultless attestation of the GP's office, with the changes that a test makes. */
export function attestation(changes: Changes = {}): { [member: string]: Json } {
  const faultless = {
    type: ATTESTATION_TYPE,
    practitioner: { legal_entity: { id: GP_OFFICE, system: ORGANISATION } },
    care_relationship: {
      healthcare_service: { code: "S03", system: "urn:oid:2.16.578.1.12.4.1.1.8655" },
      purpose_of_use: { code: "TREAT", system: "urn:oid:2.16.840.1.113883.1.11.20448" },
      decision_ref: { id: "decision-1", user_selected: true },
    },
    patients: [{ identifier: { id: PATIENT, system: "urn:oid:2.16.578.1.12.4.1.4.1" } }],
  };
  return changed(faultless, changes);
}

function changed(
  original: { [member: string]: Json },
  changes: Changes,
): { [member: string]: Json } {
  const result = { ...original };
  for (const [member, change] of Object.entries(changes)) {
    const before = result[member];
    if (change === undefined) delete result[member];
    else if (typeof change !== "object") result[member] = change;
    else result[member] = changed(isObject(before) ? before : {}, change);
  }
  return result;
}

function isObject(value: Json | undefined): value is { [member: string]: Json } {
  return typeof value === "object" && !Array.isArray(value);
}
