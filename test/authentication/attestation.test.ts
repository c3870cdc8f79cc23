import { describe, expect, test } from "vitest";
import { readAttestation } from "#authentication/attestation";
import type { AttestationContext } from "#authentication/attestation-rules";
import {
  asFields,
  attestationClaim,
  type Fields,
  NOW,
  NOW_SECONDS,
  ORGANISATION,
  PATIENT,
  PRACTITIONER,
  UNIT,
} from "./issuer.ts";

const CONTEXT: AttestationContext = {
  organisation: ORGANISATION,
  identityNumber: PRACTITIONER,
  hprNumber: "565501872",
  now: NOW,
};

/** A copy with one member set, or left out when the value is undefined. */
function withMember(fields: unknown, [name = "", ...rest]: string[], value: unknown): Fields {
  const { [name]: old, ...others } = asFields(fields);
  if (rest.length > 0) return { ...others, [name]: withMember(old, rest, value) };
  return value === undefined ? others : { ...others, [name]: value };
}

/** The good claim with the member at a path changed. */
function claimWith(path: string, value: unknown): Fields {
  return withMember(attestationClaim(), path.split("."), value);
}

describe("a good attestation", () => {
  test("is read whole", () => {
    expect(readAttestation(attestationClaim(), CONTEXT)).toEqual({
      kind: "attested",
      attestation: {
        toa: NOW_SECONDS,
        practitioner: {
          identifier: PRACTITIONER,
          hprNumber: "565501872",
          authorization: "LE",
          legalEntity: ORGANISATION,
          pointOfCare: UNIT,
          department: { id: "4208723", system: "urn:oid:2.16.578.1.12.4.1.4.102", name: "Post 2" },
        },
        careRelationship: {
          purposeOfUse: "TREAT",
          purposeOfUseDetails: {
            code: "15",
            system: "urn:AuditEventHL7Norway/CodeSystem/carerelation",
            text: "Innlagt",
          },
          healthcareService: { code: "S03", system: "urn:oid:2.16.578.1.12.4.1.1.8655" },
          decisionRef: { id: "decision-7", description: "innleggelse", userSelected: false },
        },
        patients: [{ identifier: PATIENT }],
      },
    });
  });

  test("may be the only member of an array", () => {
    expect(readAttestation([attestationClaim()], CONTEXT)).toMatchObject({ kind: "attested" });
  });

  test("may call the relationship by its older name", () => {
    const { care_relationship: relationship, ...rest } = attestationClaim();
    const outcome = readAttestation({ ...rest, care_relation: relationship }, CONTEXT);
    expect(outcome).toMatchObject({
      kind: "attested",
      attestation: { careRelationship: { purposeOfUse: "TREAT" } },
    });
  });

  test("may leave out all that is optional, and then has no empty members", () => {
    const { type, toa, ...rest } = attestationClaim();
    const practitioner = asFields(rest["practitioner"]);
    const relationship = asFields(rest["care_relationship"]);
    const claim = {
      type,
      toa,
      practitioner: { legal_entity: practitioner["legal_entity"] },
      care_relationship: {
        purpose_of_use: relationship["purpose_of_use"],
        decision_ref: { id: "d", user_selected: true },
      },
      patients: [{}],
    };
    expect(readAttestation(claim, { organisation: ORGANISATION, now: NOW })).toEqual({
      kind: "attested",
      attestation: {
        toa: NOW_SECONDS,
        practitioner: { legalEntity: ORGANISATION },
        careRelationship: { purposeOfUse: "TREAT", decisionRef: { id: "d", userSelected: true } },
        patients: [{}],
      },
    });
  });

  test.each(["TREAT", "ETREAT", "COC", "BTG"])("may have the purpose %s", (code) => {
    const claim = claimWith("care_relationship.purpose_of_use.code", code);
    expect(readAttestation(claim, CONTEXT)).toMatchObject({
      attestation: { careRelationship: { purposeOfUse: code } },
    });
  });

  test.each([NOW_SECONDS - 3_599, NOW_SECONDS + 5])("may be made at %d", (toa) => {
    expect(readAttestation(claimWith("toa", toa), CONTEXT)).toMatchObject({ kind: "attested" });
  });
});

test("no claim is no attestation, and no refusal", () => {
  expect(readAttestation(undefined, CONTEXT)).toEqual({ kind: "none" });
});

describe("a bad attestation", () => {
  test.each<[string, string, [path: string, value: unknown]]>([
    ["an hour old", "attestation_has_expired", ["toa", NOW_SECONDS - 3_600]],
    ["from the future", "from-the-future", ["toa", NOW_SECONDS + 6]],
    ["of another purpose", "unknown-purpose", ["care_relationship.purpose_of_use.code", "HRESCH"]],
    [
      "of a purpose in small letters",
      "unknown-purpose",
      ["care_relationship.purpose_of_use.code", "treat"],
    ],
    [
      "of a purpose by an inherited name",
      "unknown-purpose",
      ["care_relationship.purpose_of_use.code", "constructor"],
    ],
    [
      "of a purpose from another code system",
      "unknown-purpose",
      ["care_relationship.purpose_of_use.system", "urn:oid:1.2.3"],
    ],
    ["of another practitioner", "another-practitioner", ["practitioner.identifier.id", PATIENT]],
    ["of another HPR number", "another-practitioner", ["practitioner.hpr_nr.id", "1"]],
    ["of another organisation", "another-organisation", ["practitioner.legal_entity.id", UNIT]],
    ["without a decision", "no-decision-reference", ["care_relationship.decision_ref", undefined]],
    [
      "with a practitioner by H-number",
      "unknown-identifier-system",
      ["practitioner.identifier.system", "urn:oid:2.16.578.1.12.4.1.4.3"],
    ],
    [
      "with an organisation from another register",
      "unknown-identifier-system",
      ["practitioner.legal_entity.system", "urn:oid:1.0.6523"],
    ],
    [
      "with a point of care from another register",
      "unknown-identifier-system",
      ["practitioner.point_of_care.system", "urn:oid:1.0.6523"],
    ],
    [
      "with a patient from another register",
      "unknown-identifier-system",
      ["patients", [{ identifier: { id: PATIENT, system: "urn:oid:1.2.3" } }]],
    ],
    ["of another type", "malformed", ["type", "helseid_authorization"]],
    ["without a type", "malformed", ["type", undefined]],
    ["without a time", "malformed", ["toa", undefined]],
    ["with a time in text", "malformed", ["toa", String(NOW_SECONDS)]],
    ["with a broken time", "malformed", ["toa", 1.5]],
    ["without a practitioner", "malformed", ["practitioner", undefined]],
    ["without a legal entity", "malformed", ["practitioner.legal_entity", undefined]],
    [
      "with a legal entity without system",
      "malformed",
      ["practitioner.legal_entity.system", undefined],
    ],
    ["without a relationship", "malformed", ["care_relationship", undefined]],
    ["without a purpose", "malformed", ["care_relationship.purpose_of_use", undefined]],
    ["with a decision without id", "malformed", ["care_relationship.decision_ref.id", undefined]],
    [
      "with a decision by nobody",
      "malformed",
      ["care_relationship.decision_ref.user_selected", "true"],
    ],
    ["without patients", "malformed", ["patients", undefined]],
    ["with patients that are no list", "malformed", ["patients", {}]],
    [
      "with more than a hundred patients",
      "malformed",
      ["patients", Array.from({ length: 101 }, () => ({}))],
    ],
    [
      "with a huge text",
      "malformed",
      ["care_relationship.decision_ref.description", "x".repeat(257)],
    ],
  ])("%s is refused: %s", (_name, reason, [path, value]) => {
    expect(readAttestation(claimWith(path, value), CONTEXT)).toMatchObject({
      kind: "refused",
      reason,
    });
  });

  test.each([
    ["null", null],
    ["text", "attestation"],
    ["an empty array", []],
    ["two in an array", [attestationClaim(), attestationClaim()]],
    ["an array in an array", [[attestationClaim()]]],
  ])("%s is refused: malformed", (_name, claim) => {
    expect(readAttestation(claim, CONTEXT)).toMatchObject({ kind: "refused", reason: "malformed" });
  });

  test("with the relationship under both names is refused, also when both are good", () => {
    const claim = attestationClaim();
    const both = { ...claim, care_relation: claim["care_relationship"] };
    expect(readAttestation(both, CONTEXT)).toEqual({
      kind: "refused",
      reason: "malformed",
      detail: "care_relation and care_relationship exclude each other",
    });
  });

  test("that names a practitioner when nobody is logged in is refused", () => {
    const outcome = readAttestation(attestationClaim(), { organisation: ORGANISATION, now: NOW });
    expect(outcome).toEqual({ kind: "refused", reason: "another-practitioner" });
  });

  test("is refused without a word of what it says", () => {
    const claim = claimWith("patients", [{ identifier: { id: PATIENT, system: 7 } }]);
    const outcome = readAttestation(claim, CONTEXT);
    expect(outcome).toEqual({
      kind: "refused",
      reason: "malformed",
      detail: "#/patients/0/identifier/system must be string",
    });
  });
});
