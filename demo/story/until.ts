import { setTimeout as after } from "node:timers/promises";

/** Longer than anything in the story takes on a slow machine. */
const PATIENCE_MS = 15_000;

const LOOK_EVERY_MS = 25;

/** Looks until something is there, and gives it. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await after(LOOK_EVERY_MS);
  }
  throw new Error(`This did not happen in ${PATIENCE_MS / 1000} s: ${what}`);
}
