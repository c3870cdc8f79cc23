import { systems, type AttestationElement } from "./attestation-schema.ts";
import type { KnownPractitioner } from "../registration/directory.ts";
import type { Organisation } from "./organisation.ts";
import { granted, refused, type Outcome } from "./outcome.ts";

export type AttestationContext = {
  readonly practitioner: KnownPractitioner;
  readonly organisation: Organisation;
  /** When the attestation was made, in seconds since 1970. */
  readonly madeAt: number;
};

/** The claim as it stands in an access token. */
export type Attestation = AttestationElement & { readonly toa: number };

const PERSON_REGISTER = "https://www.skatteetaten.no";
const HEALTH_PERSONNEL_REGISTER = "https://www.helsedirektoratet.no";

/**
 * Completes a client's attestation with what the login and the registers know, and refuses one that
 * contradicts them (rules ATT-11, ATT-13, ATT-32 of the trust framework).
 */
export function enrichAttestation(
  element: AttestationElement,
  context: AttestationContext,
): Outcome<Attestation> {
  const contradiction = contradictionOf(element, context);
  if (contradiction !== undefined) return refused("access_denied", contradiction);
  return granted(completeAttestation(element, context));
}

/** Fills in identity, hpr, name and time, without judging: also for deliberately odd test tokens. */
export function completeAttestation(
  element: AttestationElement,
  { practitioner, madeAt }: Pick<AttestationContext, "practitioner" | "madeAt">,
): Attestation {
  const given = element.practitioner;
  return {
    ...element,
    toa: madeAt,
    practitioner: {
      ...given,
      ...registered(practitioner),
      identifier: {
        id: practitioner.identityNumber,
        system: personSystem(practitioner.identityNumber),
        name: practitioner.name,
        authority: PERSON_REGISTER,
      },
      point_of_care: given.point_of_care ?? given.legal_entity,
    },
  };
}

function registered(practitioner: KnownPractitioner): Partial<AttestationElement["practitioner"]> {
  const { hprNumber, authorization } = practitioner;
  return {
    ...(hprNumber !== undefined && {
      hpr_nr: { id: hprNumber, system: systems.hpr, authority: HEALTH_PERSONNEL_REGISTER },
    }),
    ...(authorization !== undefined && {
      authorization: { code: authorization, system: systems.authorization },
    }),
  };
}

function contradictionOf(
  { practitioner: given, care_relationship: care }: AttestationElement,
  { practitioner, organisation }: AttestationContext,
): string | undefined {
  if (differs(given.identifier?.id, practitioner.identityNumber)) {
    return "the attestation's practitioner is not the one who logged in (ATT-11)";
  }
  if (differs(given.hpr_nr?.id, practitioner.hprNumber)) {
    return "the attestation's hpr_nr is not the practitioner's (ATT-29)";
  }
  if (differs(given.authorization?.code, practitioner.authorization)) {
    return "the attestation's authorization is not in the personnel register (ATT-32)";
  }
  if (given.legal_entity.id !== organisation.parent) {
    return "the attestation's legal_entity is not the organisation of the token (ATT-13)";
  }
  if (care.healthcare_service === undefined && care.purpose_of_use_details === undefined) {
    return "the attestation needs healthcare_service or purpose_of_use_details (ATT-37)";
  }
  return undefined;
}

function differs(given: string | undefined, known: string | undefined): boolean {
  return given !== undefined && given !== known;
}

/** A D-number has its first digit raised by four. */
function personSystem(identityNumber: string): string {
  return identityNumber >= "4" ? systems.dNumber : systems.birthNumber;
}
