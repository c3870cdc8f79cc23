import type { DenyReason } from "#decision/verdict";
import type { Asker } from "./asker.ts";

/** Why a lookup is answered with nothing. What is not of the policy's is the source's own. */
export type LookupDenial =
  | DenyReason
  /** No resource has this id for this consumer. */
  | "not-there"
  /** Policy knows no patient by this name. */
  | "unknown-patient"
  /** The attestation names no patient, and would fit any. */
  | "attested-for-no-patient"
  /** The attestation is for somebody else (rule ATT-4: it is bound to the patient). */
  | "attested-for-another-patient";

export type LookupDecision =
  | { readonly effect: "permit"; readonly relationship: string }
  | { readonly effect: "deny"; readonly reason: LookupDenial };

export type Interaction = "read" | "vread" | "search";

/** What was looked up: whose, and which versions of which resources. Nobody's when nothing is there. */
export type LookedUp = {
  readonly alias: string | undefined;
  readonly resources: readonly { readonly id: string; readonly version: number }[];
};

export type DisclosureFacts = {
  readonly interaction: Interaction;
  readonly resourceType: string;
  readonly asker: Asker;
  readonly lookedUp: LookedUp;
  readonly decision: LookupDecision;
  /** The policy revision that was decided under. */
  readonly policyRevision: number;
  /** RFC 3339. */
  readonly at: string;
};

/**
 * The record of a lookup (pasientjournalloven § 22, trust framework ATT-7 and ATT-16): who, for which
 * organisation, on which ground, what and when; a refusal too. The practitioner stands there by name
 * and HPR number: a patient who reads it must not see a national identity number (ATT-8).
 */
export function disclosureEntry(facts: DisclosureFacts): string {
  const { asker, lookedUp, decision } = facts;
  return JSON.stringify({
    at: facts.at,
    interaction: facts.interaction,
    decision: decision.effect,
    ...(decision.effect === "permit"
      ? { relationship: decision.relationship }
      : { reason: decision.reason }),
    policyRevision: facts.policyRevision,
    patient: lookedUp.alias,
    resourceType: facts.resourceType,
    resources: lookedUp.resources.map(({ id, version }) => ({ id, version })),
    ...whoAndWhy(asker),
  });
}

function whoAndWhy({ caller, practitioner, attestation }: Asker): Record<string, unknown> {
  const { authorization, pointOfCare, department } = attestation.practitioner;
  const { hprNumber = attestation.practitioner.hprNumber, name } = practitioner;
  return {
    organisation: caller.organisation,
    unit: caller.unit,
    supplier: caller.supplier,
    client: caller.clientId,
    tokenId: caller.tokenId,
    practitioner: { hprNumber, name, authorization, pointOfCare, department },
    attestedAt: new Date(attestation.toa * 1000).toISOString(),
    ...attestation.careRelationship,
  };
}
