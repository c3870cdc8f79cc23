import { Type, type Static, type TSchema } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";

/** The claim, and the `type` of the structure in it. */
export const ATTESTATION_TYPE = "nhn:tillitsrammeverk:parameters";

/** Longest text and id in an attestation: every one is logged with the disclosure. */
const MAX_TEXT_CHARS = 256;

/** Most patients in one attestation: a list view, never a population. */
const MAX_PATIENTS = 100;

const Text = Type.String({ minLength: 1, maxLength: MAX_TEXT_CHARS });

/** Names and assigners are filled in from registers and may come or not, so more members pass. */
const Identifier = Type.Object({ id: Text, system: Text });
const Coded = Type.Object({ code: Text, system: Text, text: Type.Optional(Text) });
const Department = Type.Object({ id: Text, system: Text, name: Type.Optional(Text) });

const CareRelationship = Type.Object({
  healthcare_service: Type.Optional(Coded),
  purpose_of_use: Coded,
  purpose_of_use_details: Type.Optional(Coded),
  /** Demanded by a rule, not by the shape, so that its absence has a reason of its own. */
  decision_ref: Type.Optional(
    Type.Object({
      id: Text,
      description: Type.Optional(Text),
      user_selected: Type.Boolean(),
    }),
  ),
});

const WireAttestation = Type.Object({
  type: Type.Literal(ATTESTATION_TYPE),
  toa: Type.Integer({ minimum: 0 }),
  practitioner: Type.Object({
    identifier: Type.Optional(Identifier),
    hpr_nr: Type.Optional(Identifier),
    authorization: Type.Optional(Coded),
    legal_entity: Identifier,
    point_of_care: Type.Optional(Identifier),
    department: Type.Optional(Department),
  }),
  care_relationship: CareRelationship,
  patients: Type.Array(
    Type.Object({
      identifier: Type.Optional(Identifier),
      point_of_care: Type.Optional(Identifier),
      department: Type.Optional(Department),
    }),
    { maxItems: MAX_PATIENTS },
  ),
});

/** An attestation as it stands in a token (Tillitsrammeverk, information and data model 1.1). */
export type WireAttestation = Static<typeof WireAttestation>;

export type WireCoded = Static<typeof Coded>;
export type WireDepartment = Static<typeof Department>;

const isWireAttestation: Check<typeof WireAttestation> = compileValidator(WireAttestation);

type Check<S extends TSchema> = ReturnType<typeof compileValidator<S>>;

export type WireOutcome =
  | { readonly kind: "read"; readonly wire: WireAttestation }
  | { readonly kind: "malformed"; readonly detail: string };

/**
 * Reads the claim's shape: one structure, alone or as the only member of an array. The model's
 * older name `care_relation` is read as `care_relationship`; both at once are refused.
 */
export function readWireAttestation(claim: unknown): WireOutcome {
  const structures: unknown[] = Array.isArray(claim) ? claim : [claim];
  if (structures.length !== 1) return malformed("there must be exactly one attestation");
  const structure = structures[0];
  if (!isRecord(structure)) return malformed("an attestation is an object");
  const { care_relation: older, ...rest } = structure;
  if (older !== undefined && "care_relationship" in rest) {
    return malformed("care_relation and care_relationship exclude each other");
  }
  const read = isWireAttestation(
    older === undefined ? rest : { ...rest, care_relationship: older },
  );
  if (read.valid) return { kind: "read", wire: read.value };
  return malformed(read.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; "));
}

function malformed(detail: string): WireOutcome {
  return { kind: "malformed", detail };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
