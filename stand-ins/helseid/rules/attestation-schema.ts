import { Type, type Static, type TSchema } from "typebox";

/** Code systems of the trust framework's information model 1.1. */
export const systems = {
  birthNumber: "urn:oid:2.16.578.1.12.4.1.4.1",
  dNumber: "urn:oid:2.16.578.1.12.4.1.4.2",
  helpNumber: "urn:oid:2.16.578.1.12.4.1.4.3",
  hpr: "urn:oid:2.16.578.1.12.4.1.4.4",
  organisation: "urn:oid:2.16.578.1.12.4.1.4.101",
  authorization: "urn:oid:2.16.578.1.12.4.1.1.9060",
  purposeOfUse: "urn:oid:2.16.840.1.113883.1.11.20448",
} as const;

const HEALTHCARE_SERVICES = [8655, 8668, 8451, 8663, 8662, 8664, 8666, 7750, 8254].map(
  (volven) => `urn:oid:2.16.578.1.12.4.1.1.${volven}`,
);
const PURPOSE_DETAILS = [
  "urn:AuditEventHL7Norway/CodeSystem/carerelation",
  "urn:oid:2.16.578.1.12.4.1.1.9151",
];

/** An attestation names few patients: it is made for one treatment situation. */
const MAX_PATIENTS = 20;

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1, maxLength: 500 });
const optionalText = Type.Optional(text);

function identifier<I extends TSchema>(system: TSchema, id: I) {
  return Type.Object({ id, system, name: optionalText, authority: optionalText }, closed);
}

function coded<C extends TSchema>(allowed: readonly string[], code: C) {
  const system = Type.Enum([...allowed]);
  return Type.Object({ code, system, text: optionalText, assigner: optionalText }, closed);
}

const organisation = identifier(
  Type.Literal(systems.organisation),
  Type.String({ pattern: "^[1-9][0-9]{8}$" }),
);
/** RESH, or a local register under a name that its owner keeps stable (ATT-21 to 28). */
const department = identifier(text, text);
const personNumber = Type.String({ pattern: "^[0-9]{11}$" });

const practitioner = Type.Object(
  {
    identifier: Type.Optional(
      identifier(Type.Enum([systems.birthNumber, systems.dNumber]), personNumber),
    ),
    hpr_nr: Type.Optional(identifier(Type.Literal(systems.hpr), text)),
    authorization: Type.Optional(coded([systems.authorization], text)),
    legal_entity: organisation,
    point_of_care: Type.Optional(organisation),
    department: Type.Optional(department),
  },
  closed,
);

const careRelationship = Type.Object(
  {
    healthcare_service: Type.Optional(coded(HEALTHCARE_SERVICES, text)),
    purpose_of_use: coded([systems.purposeOfUse], Type.Enum(["TREAT", "ETREAT", "COC", "BTG"])),
    purpose_of_use_details: Type.Optional(coded(PURPOSE_DETAILS, text)),
    decision_ref: Type.Object(
      { id: text, description: optionalText, user_selected: Type.Boolean() },
      closed,
    ),
  },
  closed,
);

const patient = Type.Object(
  {
    identifier: Type.Optional(
      identifier(
        Type.Enum([systems.birthNumber, systems.dNumber, systems.helpNumber]),
        personNumber,
      ),
    ),
    point_of_care: Type.Optional(organisation),
    department: Type.Optional(department),
  },
  closed,
);

/** What a client may say; who the practitioner is, and when, HelseID fills in itself. */
export const attestationElement = Type.Object(
  {
    type: Type.Literal("nhn:tillitsrammeverk:parameters"),
    practitioner,
    care_relationship: careRelationship,
    patients: Type.Array(patient, { maxItems: MAX_PATIENTS }),
  },
  closed,
);

export type AttestationElement = Static<typeof attestationElement>;
