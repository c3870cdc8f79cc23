/** What happened in a demonstration, counted where it happened. */
export type Summary = {
  readonly published: number;
  readonly notified: number;
  readonly lookedUp: number;
  readonly refused: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
};

/** Counts as the story goes on. */
export class Counts {
  published = 0;
  lookedUp = 0;
  refused = 0;
  readonly #latenciesMs = new Map<string, number>();

  /** A notification that arrived; the same one again counts once. */
  notified(key: string, latencyMs: number): void {
    this.#latenciesMs.set(key, latencyMs);
  }

  get summary(): Summary {
    const sorted = [...this.#latenciesMs.values()].toSorted((a, b) => a - b);
    return {
      published: this.published,
      notified: sorted.length,
      lookedUp: this.lookedUp,
      refused: this.refused,
      latencyMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) },
    };
  }
}

/** The smallest value that so large a share does not exceed (nearest rank); 0 of nothing. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
