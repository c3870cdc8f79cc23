import {
  ATTESTATION_RULES,
  isPurpose,
  type AttestationContext,
  type AttestationRefusal,
  type PurposeOfUse,
} from "./attestation-rules.ts";
import {
  readWireAttestation,
  type WireAttestation,
  type WireCoded,
  type WireDepartment,
} from "./attestation-wire.ts";

type Coded = { readonly code: string; readonly system: string; readonly text?: string };

type Department = { readonly id: string; readonly system: string; readonly name?: string };

/** A practitioner's ground for access, as the trust framework (Tillitsrammeverket) states it. */
export type Attestation = {
  /** When it was made, in seconds since 1970. */
  readonly toa: number;
  readonly practitioner: {
    readonly identifier?: string;
    readonly hprNumber?: string;
    /** Kind of authorisation, such as LE for a physician. */
    readonly authorization?: string;
    /** Organisation number of the main unit where care is given. */
    readonly legalEntity: string;
    /** Organisation number of the sub-unit. */
    readonly pointOfCare?: string;
    readonly department?: Department;
  };
  readonly careRelationship: {
    readonly purposeOfUse: PurposeOfUse;
    readonly purposeOfUseDetails?: Coded;
    readonly healthcareService?: Coded;
    readonly decisionRef: {
      readonly id: string;
      readonly description?: string;
      /** True: the practitioner chose it (self-authorised). False: the system derived it. */
      readonly userSelected: boolean;
    };
  };
  readonly patients: readonly {
    readonly identifier?: string;
    readonly pointOfCare?: string;
    readonly department?: Department;
  }[];
};

export type AttestationOutcome =
  | { readonly kind: "none" }
  | { readonly kind: "attested"; readonly attestation: Attestation }
  | { readonly kind: "refused"; readonly reason: AttestationRefusal; readonly detail?: string };

/**
 * Reads the claim `nhn:tillitsrammeverk:parameters` of a verified token and asks every rule. An
 * attestation that breaks one is refused whole: nothing of it may be used or logged as a ground.
 */
export function readAttestation(claim: unknown, context: AttestationContext): AttestationOutcome {
  if (claim === undefined) return { kind: "none" };
  const read = readWireAttestation(claim);
  if (read.kind === "malformed") {
    return { kind: "refused", reason: "malformed", detail: read.detail };
  }
  for (const rule of ATTESTATION_RULES) {
    const reason = rule(read.wire, context);
    if (reason !== undefined) return { kind: "refused", reason };
  }
  const attestation = fromWire(read.wire);
  return attestation === undefined
    ? { kind: "refused", reason: "malformed" }
    : { kind: "attested", attestation };
}

/** Nothing only where a rule above has refused already. */
function fromWire(wire: WireAttestation): Attestation | undefined {
  const careRelationship = careRelationshipOf(wire.care_relationship);
  if (careRelationship === undefined) return undefined;
  return {
    toa: wire.toa,
    practitioner: practitionerOf(wire.practitioner),
    careRelationship,
    patients: wire.patients.map((patient) => ({
      ...(patient.identifier && { identifier: patient.identifier.id }),
      ...(patient.point_of_care && { pointOfCare: patient.point_of_care.id }),
      ...(patient.department && { department: departmentOf(patient.department) }),
    })),
  };
}

function practitionerOf(wire: WireAttestation["practitioner"]): Attestation["practitioner"] {
  return {
    legalEntity: wire.legal_entity.id,
    ...(wire.identifier && { identifier: wire.identifier.id }),
    ...(wire.hpr_nr && { hprNumber: wire.hpr_nr.id }),
    ...(wire.authorization && { authorization: wire.authorization.code }),
    ...(wire.point_of_care && { pointOfCare: wire.point_of_care.id }),
    ...(wire.department && { department: departmentOf(wire.department) }),
  };
}

function careRelationshipOf(
  wire: WireAttestation["care_relationship"],
): Attestation["careRelationship"] | undefined {
  const { purpose_of_use: purpose, decision_ref: decision } = wire;
  if (!isPurpose(purpose.code) || decision === undefined) return undefined;
  return {
    purposeOfUse: purpose.code,
    ...(wire.purpose_of_use_details && {
      purposeOfUseDetails: codedOf(wire.purpose_of_use_details),
    }),
    ...(wire.healthcare_service && { healthcareService: codedOf(wire.healthcare_service) }),
    decisionRef: {
      id: decision.id,
      userSelected: decision.user_selected,
      ...(decision.description !== undefined && { description: decision.description }),
    },
  };
}

function codedOf(wire: WireCoded): Coded {
  return {
    code: wire.code,
    system: wire.system,
    ...(wire.text !== undefined && { text: wire.text }),
  };
}

function departmentOf(wire: WireDepartment): Department {
  return { id: wire.id, system: wire.system, ...(wire.name !== undefined && { name: wire.name }) };
}
