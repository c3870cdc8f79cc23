import { setTimeout as delay } from "node:timers/promises";

const FIRST_DELAY_MS = 500;

/** A tenant that comes back is noticed within this time. */
const LONGEST_DELAY_MS = 30_000;

/** A wait that a service asks for is honoured up to here; a wrong header must not silence us. */
const LONGEST_ASKED_MS = 5 * 60_000;

/**
 * How long to wait after `failures` failures in a row, in milliseconds: doubling, half of it random
 * (0 ≤ random < 1), so that many consumers do not come back at the same moment.
 */
export function backoffMs(failures: number, random: number, askedMs = 0): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
  const jittered = longest / 2 + (random * longest) / 2;
  return Math.max(jittered, Math.min(askedMs, LONGEST_ASKED_MS));
}

/** Waits, or returns at once when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
