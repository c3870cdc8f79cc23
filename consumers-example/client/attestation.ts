import type { AssertionDetail } from "./helseid-connection.ts";

/** Code systems of the trust framework's information model 1.1. */
const ORGANISATION = "urn:oid:2.16.578.1.12.4.1.4.101";
const BIRTH_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.1";
const D_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.2";
const PURPOSE_OF_USE = "urn:oid:2.16.840.1.113883.1.11.20448";

export type Coded = { readonly code: string; readonly system: string };

/** Why a practitioner may look: what the consumer vouches for towards the source. */
export type Attestation = {
  /** Organisation numbers: where care is given; the unit is the organisation when there is none. */
  readonly legalEntity: string;
  readonly pointOfCare?: string;
  readonly healthcareService?: Coded;
  readonly purposeDetails?: Coded;
  /** The consumer's own record of its decision, to be found there later (rule ATT-46). */
  readonly decision: { readonly id: string; readonly userSelected: boolean };
  /** Identity number of the one patient that it is about (rule ATT-4). */
  readonly patient: string;
};

/**
 * The attestation as HelseID takes it in `assertion_details`, for ordinary treatment. Who the
 * practitioner is, HelseID fills in from the login.
 */
export function attestationDetail(attestation: Attestation): AssertionDetail {
  const { legalEntity, pointOfCare = legalEntity, healthcareService, purposeDetails } = attestation;
  const { id, userSelected } = attestation.decision;
  return {
    type: "nhn:tillitsrammeverk:parameters",
    practitioner: {
      legal_entity: { id: legalEntity, system: ORGANISATION },
      point_of_care: { id: pointOfCare, system: ORGANISATION },
    },
    care_relationship: {
      ...(healthcareService !== undefined && { healthcare_service: healthcareService }),
      purpose_of_use: { code: "TREAT", system: PURPOSE_OF_USE },
      ...(purposeDetails !== undefined && { purpose_of_use_details: purposeDetails }),
      decision_ref: { id, user_selected: userSelected },
    },
    patients: [{ identifier: personIdentifier(attestation.patient) }],
  };
}

/** A D-number has its first digit raised by four. */
function personIdentifier(identityNumber: string): { id: string; system: string } {
  return { id: identityNumber, system: identityNumber >= "4" ? D_NUMBER : BIRTH_NUMBER };
}
