export type Backoff = {
  /** The first pause. */
  readonly firstMs: number;
  /** No pause is longer. */
  readonly longestMs: number;
};

/** Soon enough for a broker that restarts, seldom enough for one that is away for a day. */
export const DEFAULT_BACKOFF: Backoff = { firstMs: 100, longestMs: 5000 };

/**
 * The pause after a number of failures in a row: doubled each time, and shortened at random by up to
 * half, so that producers that failed together do not come back together.
 */
export function pauseAfter(
  failures: number,
  { firstMs, longestMs }: Backoff,
  random: () => number = Math.random,
): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (1 - random() / 2);
}
