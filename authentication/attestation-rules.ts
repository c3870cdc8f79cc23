import type { WireAttestation } from "./attestation-wire.ts";

/** Oldest attestation that is accepted, in seconds (rule ATT-58). */
const MAX_AGE_SECONDS = 60 * 60;

/** How far ahead of ours the clock that set `toa` may be, in seconds. */
const CLOCK_LEEWAY_SECONDS = 5;

const PURPOSE_SYSTEM = "urn:oid:2.16.840.1.113883.1.11.20448";

/** Purposes of use that exist (rules ATT-38 to ATT-41). */
const PURPOSES = ["TREAT", "ETREAT", "COC", "BTG"] as const;
export type PurposeOfUse = (typeof PURPOSES)[number];

const FNR = "urn:oid:2.16.578.1.12.4.1.4.1";
const D_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.2";
const H_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.3";
const ORGANISATION = "urn:oid:2.16.578.1.12.4.1.4.101";

/** What a rule may look at besides the attestation itself: the rest of the same token, and time. */
export type AttestationContext = {
  /** `orgnr_parent` of the token. */
  readonly organisation: string;
  /** The logged-in person's identity number and HPR number, where the token has them. */
  readonly identityNumber?: string;
  readonly hprNumber?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type AttestationRefusal =
  | "malformed"
  | "unknown-purpose"
  | "attestation_has_expired"
  | "from-the-future"
  | "unknown-identifier-system"
  | "another-practitioner"
  | "another-organisation"
  | "no-decision-reference";

type Rule = (wire: WireAttestation, context: AttestationContext) => AttestationRefusal | undefined;

/** The code system is part of a code: the same letters from elsewhere mean something else. */
const purposeIsKnown: Rule = ({ care_relationship: { purpose_of_use: purpose } }) =>
  purpose.system === PURPOSE_SYSTEM && isPurpose(purpose.code) ? undefined : "unknown-purpose";

/** ATT-58. The reason is the rule's own error string. */
const isRecent: Rule = ({ toa }, { now }) =>
  now - toa * 1000 > MAX_AGE_SECONDS * 1000 ? "attestation_has_expired" : undefined;

const isNotFromTheFuture: Rule = ({ toa }, { now }) =>
  toa * 1000 - now > CLOCK_LEEWAY_SECONDS * 1000 ? "from-the-future" : undefined;

/** ATT-10 for the practitioner; the model lets a patient have an H-number as well. */
const identifierSystemsAreKnown: Rule = ({ practitioner, patients }) => {
  const known =
    isOneOf(practitioner.identifier?.system, [FNR, D_NUMBER]) &&
    isOneOf(practitioner.point_of_care?.system, [ORGANISATION]) &&
    practitioner.legal_entity.system === ORGANISATION &&
    patients.every(({ identifier }) => isOneOf(identifier?.system, [FNR, D_NUMBER, H_NUMBER]));
  return known ? undefined : "unknown-identifier-system";
};

/** ATT-11. Without a logged-in person nobody may be named. */
const isOfThePersonLoggedIn: Rule = ({ practitioner }, { identityNumber }) =>
  practitioner.identifier === undefined || practitioner.identifier.id === identityNumber
    ? undefined
    : "another-practitioner";

/** ATT-29: the number that the login gave is the one that counts. */
const hasTheHprNumberOfTheLogin: Rule = ({ practitioner }, { hprNumber }) =>
  practitioner.hpr_nr === undefined ||
  practitioner.hpr_nr.id === (hprNumber ?? practitioner.hpr_nr.id)
    ? undefined
    : "another-practitioner";

/** ATT-13 and ATT-15: the legal entity is the one that the token is issued to. */
const isOfTheCallingOrganisation: Rule = ({ practitioner }, { organisation }) =>
  practitioner.legal_entity.id === organisation ? undefined : "another-organisation";

/** ATT-46: the consumer must be able to find the decision again. */
const namesItsDecision: Rule = ({ care_relationship: { decision_ref: decision } }) =>
  decision === undefined ? "no-decision-reference" : undefined;

/** In the order in which they are asked; the first that refuses gives the reason. */
export const ATTESTATION_RULES: readonly Rule[] = [
  purposeIsKnown,
  isRecent,
  isNotFromTheFuture,
  identifierSystemsAreKnown,
  isOfThePersonLoggedIn,
  hasTheHprNumberOfTheLogin,
  isOfTheCallingOrganisation,
  namesItsDecision,
];

export function isPurpose(code: string): code is PurposeOfUse {
  return PURPOSES.some((purpose) => purpose === code);
}

/** Nothing said is nothing wrong: what must be there is demanded elsewhere. */
function isOneOf(system: string | undefined, known: readonly string[]): boolean {
  return system === undefined || known.includes(system);
}
