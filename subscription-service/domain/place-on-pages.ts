import { ROSTER_PAGE_SIZE } from "#decision/policy-objects";

/**
 * A list of persons (each once) on the pages of a roster that it replaces. Pages are applied one
 * after the other: whoever stays on the roster stays on the page, so as to be off it at no moment.
 * Newcomers fill what is free, and then further pages.
 */
export function placeOnPages(
  pages: readonly (readonly string[])[],
  persons: readonly string[],
): string[][] {
  const newcomers = new Set(persons);
  const placed = pages.map((page) => page.filter((person) => newcomers.delete(person)));
  for (const person of newcomers) {
    const free = placed.find((page) => page.length < ROSTER_PAGE_SIZE);
    if (free === undefined) placed.push([person]);
    else free.push(person);
  }
  return placed;
}
