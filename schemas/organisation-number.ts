const WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2];

/** Nine digits, as in the Central Coordinating Register for Legal Entities (Enhetsregisteret). */
export const ORGANISATION_NUMBER_PATTERN = "^[1-9][0-9]{8}$";

/** Whether the text is an organisation number: nine digits, the last one a modulus 11 control. */
export function isOrganisationNumber(text: string): boolean {
  if (!new RegExp(ORGANISATION_NUMBER_PATTERN).test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  const control = (11 - (sum % 11)) % 11;
  return control === Number(text[8]);
}
