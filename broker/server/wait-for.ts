import { setTimeout } from "node:timers/promises";

/** Often enough to add nothing that a person or a test would notice, seldom enough to cost nothing. */
const POLL_INTERVAL_MS = 10;

/** Asks again and again until there is an answer; undefined when there was none within the time limit. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= until) return answer;
    await setTimeout(POLL_INTERVAL_MS);
  }
}
