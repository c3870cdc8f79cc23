/**
 * Most proofs remembered at once. At 20,000 requests a second a lifetime of 11 s fills it; each
 * entry takes some 150 bytes, so that full it holds about 40 MB.
 */
const MAX_REMEMBERED_PROOFS = 250_000;

type ReplayOutcome = "first" | "again" | "full";

export type ReplayCache = {
  /**
   * Remembers a key for the cache's lifetime: `first` when it was not there, `again` when it was,
   * `full` when there is no room. A full cache refuses; it never forgets what is still live.
   */
  remember(key: string): ReplayOutcome;
};

export type ReplayCacheOptions = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a key is remembered, in milliseconds: as long as its proof could be accepted. */
  readonly lifetimeMs: number;
  readonly maxEntries?: number;
};

/** A bounded memory of the proofs that were seen by this process (RFC 9449 section 11.1). */
export function createReplayCache({
  now,
  lifetimeMs,
  maxEntries = MAX_REMEMBERED_PROOFS,
}: ReplayCacheOptions): ReplayCache {
  /** Key to end of life. All live equally long, so that the oldest entry is always the first. */
  const live = new Map<string, number>();

  function forgetExpired(at: number): void {
    for (const [key, expiresAt] of live) {
      if (expiresAt > at) return;
      live.delete(key);
    }
  }

  return {
    remember(key) {
      const at = now();
      forgetExpired(at);
      if (live.has(key)) return "again";
      if (live.size >= maxEntries) return "full";
      live.set(key, at + lifetimeMs);
      return "first";
    },
  };
}
