import { isOrganisationNumber } from "#schemas/organisation-number";
import { persons } from "./identity-numbers.ts";

/** Enough for the tests of one file. */
const PERSONS = persons(3000).values();

/** A synthetic identity number that no other call in this file got. */
export function newPerson(): string {
  const next = PERSONS.next();
  if (next.done === true) throw new Error("there are no more persons");
  return next.value;
}

let organisations = 20_000_000;

/** A synthetic organisation number that no other call in this file got. */
export function newOrganisation(): string {
  for (;;) {
    organisations += 1;
    const number = Array.from({ length: 10 }, (_, control) => `${organisations}${control}`).find(
      isOrganisationNumber,
    );
    if (number !== undefined) return number;
  }
}
