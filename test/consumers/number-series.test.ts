import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  EMPTY_SERIES,
  placeNumber,
  type NumberSeries,
} from "#consumers-example/client/number-series";

/** What is fresh and what gaps are told of, over a sequence of received numbers. */
function receive(numbers: readonly number[]) {
  let series: NumberSeries = EMPTY_SERIES;
  const fresh: number[] = [];
  const gaps: number[] = [];
  for (const number of numbers) {
    const placement = placeNumber(series, number);
    series = placement.series;
    if (placement.kind !== "repeated") fresh.push(number);
    const { gap } = placement;
    if (gap !== undefined) for (let n = gap.from; n <= gap.to; n += 1) gaps.push(n);
  }
  return { series, fresh, gaps };
}

test("numbers without holes tell of no gap", () => {
  expect(receive([1, 2, 3])).toEqual({
    series: { last: 3, missing: [] },
    fresh: [1, 2, 3],
    gaps: [],
  });
});

test("a jump is told of at once, and what comes late is fresh once", () => {
  expect(receive([1, 5, 3, 3, 5])).toEqual({
    series: {
      last: 5,
      missing: [
        { from: 2, to: 2 },
        { from: 4, to: 4 },
      ],
    },
    fresh: [1, 5, 3],
    gaps: [2, 3, 4],
  });
});

test("whatever comes in whatever order: each number is fresh once, and every hole was told of", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 }), (numbers) => {
      const { series, fresh, gaps } = receive(numbers);
      expect(fresh.toSorted((a, b) => a - b)).toEqual(
        [...new Set(numbers)].toSorted((a, b) => a - b),
      );
      const missing = Array.from({ length: series.last }, (_, index) => index + 1).filter(
        (number) => !numbers.includes(number),
      );
      expect(gaps).toEqual(expect.arrayContaining(missing));
      expect(new Set(gaps).size).toBe(gaps.length);
    }),
  );
});
