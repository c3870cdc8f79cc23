import { isIdentityNumber } from "#schemas/identity-number";

/** Identity numbers of nobody: month + 80, valid control digits. */
export function syntheticPersons(count: number): string[] {
  const numbers: string[] = [];
  for (let serial = 0; numbers.length < count; serial += 1) {
    const day = String(1 + (serial % 28)).padStart(2, "0");
    const month = String(81 + (Math.floor(serial / 28) % 12));
    const year = String(40 + (Math.floor(serial / 336) % 60)).padStart(2, "0");
    const individual = String(Math.floor(serial / 20_160) % 1000).padStart(3, "0");
    const found = withControlDigits(`${day}${month}${year}${individual}`);
    if (found !== undefined) numbers.push(found);
  }
  return numbers;
}

/** Some nine digits have no valid control digits. */
function withControlDigits(nine: string): string | undefined {
  for (let control = 0; control < 100; control += 1) {
    const candidate = nine + String(control).padStart(2, "0");
    if (isIdentityNumber(candidate)) return candidate;
  }
  return undefined;
}
