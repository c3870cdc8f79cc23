/** A stretch of numbers, both ends included. */
export type Stretch = { readonly from: number; readonly to: number };

/** How much of a subscription's number series has been received. */
export type NumberSeries = {
  /** The highest number received; 0 before the first. */
  readonly last: number;
  /** Numbers below it that have not come. */
  readonly missing: readonly Stretch[];
};

export type Placement = {
  /** `repeated` has been received before; `late` fills a gap that was reported. */
  readonly kind: "next" | "late" | "repeated";
  readonly series: NumberSeries;
  /** Numbers that were jumped over. */
  readonly gap?: Stretch;
};

/** Gaps that are remembered; beyond it the oldest is given up, and has been reported. */
const MAX_MISSING = 100;

export const EMPTY_SERIES: NumberSeries = { last: 0, missing: [] };

/**
 * Places a received number in its series, which has no holes (a withdrawn number arrives as
 * withdrawn): a jump is a gap to be reported at once.
 */
export function placeNumber(series: NumberSeries, number: number): Placement {
  const { last, missing } = series;
  if (number > last) return placeAfter(series, number);
  const hole = missing.find(({ from, to }) => from <= number && number <= to);
  if (hole === undefined) return { kind: "repeated", series };
  const filled = missing.flatMap((stretch) => (stretch === hole ? without(hole, number) : stretch));
  return { kind: "late", series: { last, missing: filled } };
}

function placeAfter({ last, missing }: NumberSeries, number: number): Placement {
  if (number === last + 1) return { kind: "next", series: { last: number, missing } };
  const gap = { from: last + 1, to: number - 1 };
  return {
    kind: "next",
    series: { last: number, missing: [...missing, gap].slice(-MAX_MISSING) },
    gap,
  };
}

function without({ from, to }: Stretch, number: number): Stretch[] {
  const before = { from, to: number - 1 };
  const after = { from: number + 1, to };
  return [before, after].filter((stretch) => stretch.from <= stretch.to);
}
