import * as fc from "fast-check";

const FIRST = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
const TEN = 10;

/** Eleven less the weighted sum's remainder, as the register's own description has it. */
function control(digits: readonly number[], weights: readonly number[]): number {
  const remainder = digits.reduce((sum, digit, at) => sum + digit * (weights[at] ?? 0), 0) % 11;
  return remainder === 0 ? 0 : 11 - remainder;
}

/** The number with its control digits, or nothing where the first nine digits allow none. */
function withControlDigits(nine: readonly number[]): string | undefined {
  const first = control(nine, FIRST);
  const second = control([...nine, first], SECOND);
  return first === TEN || second === TEN ? undefined : [...nine, first, second].join("");
}

const digit = fc.integer({ min: 0, max: 9 });

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** Synthetic identity numbers: a day, a month raised by 80 (or 65), a year, and what follows. */
export const syntheticNumber: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 1, max: 31 }),
    fc.integer({ min: 1, max: 12 }),
    fc.constantFrom(80, 65),
    fc.array(digit, { minLength: 5, maxLength: 5 }),
  )
  .map(([day, month, raised, rest]) => {
    const date = `${String(day).padStart(2, "0")}${String(month + raised)}`;
    return withControlDigits(date.split("").map(Number).concat(rest));
  })
  .filter(isText);

/** Eleven digits of any kind with valid control digits. */
export const anyNumber: fc.Arbitrary<string> = fc
  .array(digit, { minLength: 9, maxLength: 9 })
  .map(withControlDigits)
  .filter(isText);

/** So many different synthetic persons, all born on the first of January. */
export function persons(count: number): string[] {
  const found: string[] = [];
  for (let serial = 0; found.length < count; serial += 1) {
    const nine = `0181${String(serial).padStart(5, "0")}`.split("").map(Number);
    const number = withControlDigits(nine);
    if (number !== undefined) found.push(number);
  }
  return found;
}
