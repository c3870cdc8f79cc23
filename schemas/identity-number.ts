const FIRST_WEIGHTS = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
const SECOND_WEIGHTS = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

/**
 * Eleven digits, also when one sign parts them in the customary groups of six and five. Looks ahead
 * and takes nothing, so that digits before and after hide none.
 */
const CANDIDATE = /(?=(\d{6})[^0-9A-Za-z]?(\d{5}))/g;

/** Finds no more and no less than the candidates, and is quick to find nothing. */
const POSSIBLE = /\d{6}[^0-9A-Za-z]?\d{5}/;

function sumIsDivisible(digits: string, weights: number[]): boolean {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return sum % 11 === 0;
}

/**
 * Whether the text is a national identity number: eleven digits with both control digits valid
 * (modulus 11). Fødselsnummer, D-number and the synthetic series share the rule.
 */
export function isIdentityNumber(text: string): boolean {
  return (
    /^\d{11}$/.test(text) &&
    sumIsDivisible(text, FIRST_WEIGHTS) &&
    sumIsDivisible(text, SECOND_WEIGHTS)
  );
}

/** Whether an identity number stands anywhere in the text, also inside a longer run of digits. */
export function containsIdentityNumber(text: string): boolean {
  if (!POSSIBLE.test(text)) return false;
  for (const [, six = "", five = ""] of text.matchAll(CANDIDATE)) {
    if (isIdentityNumber(six + five)) return true;
  }
  return false;
}

/** A sign between two digits. */
const SIGN_BETWEEN_DIGITS = /(?<=\d)[^0-9A-Za-z](?=\d)/g;

/**
 * Whether an identity number stands in the text with signs anywhere between its digits. Stricter
 * than {@link containsIdentityNumber}: not for times and addresses, whose digits form runs by chance.
 */
export function containsSpreadIdentityNumber(text: string): boolean {
  return containsIdentityNumber(text.replaceAll(SIGN_BETWEEN_DIGITS, ""));
}
