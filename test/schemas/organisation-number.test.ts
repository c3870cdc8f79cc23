import { expect, test } from "vitest";
import { GP_OFFICE, HOSPITAL, MUNICIPALITY, STRANGER } from "#deploy/site/parties";
import { isOrganisationNumber } from "#schemas/organisation-number";

test("the organisations of the demonstration have one", () => {
  for (const { number } of [MUNICIPALITY, HOSPITAL, GP_OFFICE, STRANGER])
    expect(isOrganisationNumber(number)).toBe(true);
});

test("of ten last digits at most one is right, and none when the control would be ten", () => {
  const rightOnes = Array.from({ length: 2000 }, (_, index) => String(31234500 + index)).map(
    (eight) => "0123456789".split("").filter((last) => isOrganisationNumber(eight + last)).length,
  );
  expect(new Set(rightOnes)).toEqual(new Set([0, 1]));
  const without = rightOnes.filter((count) => count === 0).length / rightOnes.length;
  expect(without).toBeCloseTo(1 / 11, 2);
});

test("control digit nought is the one for a remainder of nought", () => {
  // 3·2 + 2·0 + 7·0 + 6·0 + 5·0 + 4·0 + 3·3 + 2·9 = 33
  expect(isOrganisationNumber("200000390")).toBe(true);
});

test.each(["", "31234501", "3123450130", "012345674", " 312345013", "312345013\n", "31234501x"])(
  "%j is none",
  (text) => {
    expect(isOrganisationNumber(text)).toBe(false);
  },
);
