/** Milliseconds between looks for what has expired: often enough to bound the map, rarely enough to cost nothing. */
const SWEEP_INTERVAL_MS = 30_000;

export type ExpiringMap<T> = {
  get(key: string): T | undefined;
  set(key: string, value: T, lifeSeconds?: number): void;
  delete(key: string): void;
  keys(): string[];
};

/** A map whose entries end; `now` is in milliseconds. Without a life an entry stays. */
export function createExpiringMap<T>(now: () => number): ExpiringMap<T> {
  const entries = new Map<string, { value: T; endsAt: number }>();
  let sweptAt = now();
  const sweep = (): void => {
    if (now() - sweptAt < SWEEP_INTERVAL_MS) return;
    sweptAt = now();
    for (const [key, { endsAt }] of entries) if (endsAt <= sweptAt) entries.delete(key);
  };
  const get = (key: string): T | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.endsAt > now() ? entry.value : undefined;
  };
  return {
    get,
    set(key, value, lifeSeconds = Number.POSITIVE_INFINITY) {
      sweep();
      entries.set(key, { value, endsAt: now() + lifeSeconds * 1000 });
    },
    delete: (key) => void entries.delete(key),
    keys: () => [...entries.keys()].filter((key) => get(key) !== undefined),
  };
}
