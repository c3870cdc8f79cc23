import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RosterIndex } from "#decision/roster-index";
import { placeOnPages } from "#subscription-service/domain/place-on-pages";
import { change } from "../support/policy-messages.ts";

const SIZE = 1000;
const people = Array.from({ length: 3500 }, (_, index) => `p${index}`);

/** Lists that differ by some who come and some who go, in any order. */
const list = fc
  .record({ from: fc.nat({ max: 1500 }), count: fc.nat({ max: 2000 }), reversed: fc.boolean() })
  .map(({ from, count, reversed }) => {
    const some = people.slice(from, from + count);
    return reversed ? some.toReversed() : some;
  });

const lists = fc.array(list, { minLength: 1, maxLength: 6 });

test("pages hold the list and nobody else, each person once, no page too full", () => {
  fc.assert(
    fc.property(lists, (snapshots) => {
      let pages: string[][] = [];
      for (const persons of snapshots) {
        const before = pages.length;
        pages = placeOnPages(pages, persons);
        expect(pages.flat().toSorted()).toEqual(persons.toSorted());
        expect(pages.length).toBeGreaterThanOrEqual(before);
        expect(Math.max(0, ...pages.map((page) => page.length))).toBeLessThanOrEqual(SIZE);
        expect(pages.length).toBeLessThanOrEqual(
          Math.max(before, Math.ceil(persons.length / SIZE)),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test("who is on the old list and on the new is on the roster at every moment between them", () => {
  fc.assert(
    fc.property(lists, (snapshots) => {
      const index = new RosterIndex();
      let pages: string[][] = [];
      let before: string[] = [];
      let sequence = 0;
      for (const persons of snapshots) {
        const wanted = new Set(persons);
        const staying = before.filter((person) => wanted.has(person));
        pages = placeOnPages(pages, persons);
        for (const [number, patients] of pages.entries()) {
          sequence += 1;
          index.apply("s", number, { page: { patients, change }, sequence });
          expect(staying.filter((person) => !index.has("s", person))).toEqual([]);
        }
        before = persons;
      }
    }),
    { numRuns: 40 },
  );
});
