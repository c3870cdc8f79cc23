import { isIdentityNumber } from "#schemas/identity-number";
import { DNR_SYSTEM, FNR_SYSTEM } from "../fhir/subject.ts";

export type SearchQuery =
  | { readonly kind: "patient"; readonly identityNumber: string }
  | { readonly kind: "refused"; readonly detail: string };

const PARAMETER = "patient.identifier";

/**
 * Reads the form of a search: one patient, by `patient.identifier=<system>|<number>`. It stands in the
 * body because addresses are logged along the way.
 */
export function readSearchQuery(form: string): SearchQuery {
  const parameters = new URLSearchParams(form);
  const names = [...parameters.keys()];
  if (names.length !== 1 || names[0] !== PARAMETER) {
    return refuse(`there must be the parameter ${PARAMETER}, once, and no other`);
  }
  const [system, number = "", ...rest] = (parameters.get(PARAMETER) ?? "").split("|");
  if ((system !== FNR_SYSTEM && system !== DNR_SYSTEM) || rest.length > 0) {
    return refuse(`${PARAMETER} must be ${FNR_SYSTEM}|<number> or ${DNR_SYSTEM}|<number>`);
  }
  return isIdentityNumber(number)
    ? { kind: "patient", identityNumber: number }
    : refuse(`${PARAMETER} must hold eleven digits with valid control digits`);
}

function refuse(detail: string): SearchQuery {
  return { kind: "refused", detail };
}
