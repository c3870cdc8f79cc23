import type { Stretch } from "./number-series.ts";

/** A service that holds back (its policy is behind) may be this far behind, in milliseconds. */
const TAIL_GRACE_MS = 60_000;

/** Notices that numbers have been given at the end of a subscription, and do not come. */
export class TailWatch {
  readonly #now: () => number;
  #behind:
    | { readonly from: number; readonly since: number; readonly reported: boolean }
    | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Told, at the end of the feed, what was received last and what the service gave last; answers
   * with the missing stretch, once, when it has been missing for too long.
   */
  look(received: number, given: number): Stretch | undefined {
    if (given <= received) {
      this.#behind = undefined;
      return undefined;
    }
    const from = received + 1;
    if (this.#behind?.from !== from) {
      this.#behind = { from, since: this.#now(), reported: false };
    }
    const { since, reported } = this.#behind;
    if (reported || this.#now() - since < TAIL_GRACE_MS) return undefined;
    this.#behind = { from, since, reported: true };
    return { from, to: given };
  }
}
