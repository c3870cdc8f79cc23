import type { Attestation } from "#authentication/attestation";
import type { Caller, Practitioner } from "#authentication/caller";

/** A practitioner who looks something up, with the attested ground for it. */
export type Asker = {
  readonly caller: Caller;
  readonly practitioner: Practitioner;
  readonly attestation: Attestation;
};

export type AskerOutcome =
  | { readonly kind: "asker"; readonly asker: Asker }
  | { readonly kind: "refused"; readonly missing: readonly string[] };

/** The level that a lookup of health data needs ("høyt", rule ATT-9 of the trust framework). */
const SECURITY_LEVEL_NEEDED = "4";

/** Overriding a block (BTG) is another interaction, with grounds of its own. */
const PURPOSES = ["TREAT", "ETREAT", "COC"];

/** Whether a caller is a practitioner who may ask at all, or what its token lacks for that. */
export function askerOf(caller: Caller): AskerOutcome {
  const { practitioner, attestation } = caller;
  const missing = [
    practitioner === undefined && "a logged-in practitioner",
    practitioner !== undefined &&
      practitioner.securityLevel !== SECURITY_LEVEL_NEEDED &&
      `security level ${SECURITY_LEVEL_NEEDED}`,
    attestation === undefined && "an attestation (nhn:tillitsrammeverk:parameters)",
    attestation !== undefined &&
      !PURPOSES.includes(attestation.careRelationship.purposeOfUse) &&
      `a purpose of use among ${PURPOSES.join(", ")}`,
  ].filter((lack) => lack !== false);
  return practitioner === undefined || attestation === undefined || missing.length > 0
    ? { kind: "refused", missing }
    : { kind: "asker", asker: { caller, practitioner, attestation } };
}
