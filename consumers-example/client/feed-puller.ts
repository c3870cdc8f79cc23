import { backoffMs, pause } from "./backoff.ts";
import { isGone, type CallFailure } from "./call-outcome.ts";
import type { CursorStore, FeedPosition } from "./cursor-store.ts";
import type { Feed } from "./feed.ts";
import { EMPTY_SERIES, type Stretch } from "./number-series.ts";
import { readPage, type FeedItem } from "./read-page.ts";
import { TailWatch } from "./tail-watch.ts";
import type { FeedPage } from "./tenant-answers.ts";
import { WakeUp } from "./wake-up.ts";

/** Events per page: at most this many wait in memory for each feed. */
const PAGE_LIMIT = 200;

/** How long the service may keep us waiting for news, in seconds. */
const WAIT_SECONDS = 20;

/** A service that answers "nothing" at once is not asked again at once. */
const EMPTY_PAGE_PAUSE_MS = 100;

export type FeedTrouble =
  | { readonly kind: "away" | "refused"; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: "back" }
  /** The service has lost its place and tells everything again, from the start. */
  | { readonly kind: "restarted"; readonly reason: string }
  /** There is no such subscription any more; it is not read again. */
  | { readonly kind: "ended"; readonly reason: string };

export type FeedPullerOptions = {
  readonly cursors: CursorStore;
  /** Called when there is something to take. */
  readonly onItems: () => void;
  readonly onTrouble: (trouble: FeedTrouble) => void;
  readonly onGap: (gap: Stretch) => void;
  readonly now: () => number;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly pause?: typeof pause;
};

/** Reads one feed page by page; the next page is fetched when the last item of one is settled. */
export class FeedPuller {
  readonly feed: Feed;
  readonly #options: FeedPullerOptions;
  readonly #pause: typeof pause;
  readonly #drained = new WakeUp();
  readonly #tail: TailWatch;
  #items: FeedItem[] = [];
  #position: FeedPosition;
  #failures = 0;

  constructor(feed: Feed, options: FeedPullerOptions) {
    this.feed = feed;
    this.#options = options;
    this.#pause = options.pause ?? pause;
    this.#tail = new TailWatch(options.now);
    this.#position = options.cursors.load(feed) ?? { cursor: undefined, series: EMPTY_SERIES };
  }

  /** The oldest item that has not been settled. */
  get first(): FeedItem | undefined {
    return this.#items[0];
  }

  /** The application is done with the first item: from here the feed goes on after a restart. */
  settle(): void {
    const item = this.#items.shift();
    if (item !== undefined) this.#keep(item.position);
    if (this.#items.length === 0) this.#drained.wake();
  }

  /** Reads until the signal is aborted or the subscription is gone. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#drained.wake(), { once: true });
    while (!signal.aborted) {
      const request = { limit: PAGE_LIMIT, waitSeconds: WAIT_SECONDS, signal };
      const outcome = await this.feed.read(this.#position.cursor, request);
      if (signal.aborted) return;
      if (outcome.kind === "ok") await this.#takePage(outcome.value, signal);
      else if (isGone(outcome)) return this.#end(outcome.reason);
      else if (this.#isCursorUnknown(outcome)) this.#startAgain(outcome.reason);
      else await this.#endure(outcome, signal);
    }
  }

  async #takePage(page: FeedPage, signal: AbortSignal): Promise<void> {
    if (this.#failures > 0) this.#options.onTrouble({ kind: "back" });
    this.#failures = 0;
    const { items, end } = readPage(page, this.feed, this.#position);
    if (items.length > 0) {
      this.#items = [...items];
      this.#options.onItems();
      await this.#drained.wait();
      return;
    }
    if (end.cursor !== this.#position.cursor) this.#keep(end);
    if (page.events.length > 0) return;
    const gap = this.#tail.look(end.series.last, Number(page.last));
    if (gap !== undefined) this.#options.onGap(gap);
    await this.#pause(EMPTY_PAGE_PAUSE_MS, signal);
  }

  async #endure(failure: CallFailure, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const asked = failure.kind === "unavailable" ? failure.retryAfterMs : undefined;
    const retryInMs = backoffMs(this.#failures, this.#options.random(), asked);
    const kind = failure.kind === "refused" ? "refused" : "away";
    this.#options.onTrouble({ kind, reason: failure.reason, retryInMs });
    await this.#pause(retryInMs, signal);
  }

  #end(reason: string): void {
    this.#options.onTrouble({ kind: "ended", reason });
  }

  /** 409: the service's log was made anew, and its numbers begin again. */
  #isCursorUnknown(failure: CallFailure): boolean {
    return (
      failure.kind === "refused" && failure.status === 409 && this.#position.cursor !== undefined
    );
  }

  #startAgain(reason: string): void {
    this.#options.onTrouble({ kind: "restarted", reason });
    this.#keep({ cursor: undefined, series: EMPTY_SERIES });
  }

  #keep(position: FeedPosition): void {
    this.#options.cursors.save(this.feed, position);
    this.#position = position;
  }
}
