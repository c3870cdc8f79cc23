import { setImmediate as breathe } from "node:timers/promises";
import { toCloudEvent, type CloudEvent } from "#schemas/cloud-event";
import type { Fault } from "#schemas/strict-ajv";
import type { CursorStore, FeedName } from "./cursor-store.ts";
import type { Feed } from "./feed.ts";
import { FeedPuller, type FeedPullerOptions, type FeedTrouble } from "./feed-puller.ts";
import type { Stretch } from "./number-series.ts";
import { WakeUp } from "./wake-up.ts";

/** An event of a subscription, for the application to handle. */
export type Received = FeedName & { readonly event: CloudEvent };

/** Something that does not keep to the contract; kept whole, so that nothing is lost. */
export type Unreadable = FeedName & { readonly raw: unknown; readonly faults: readonly Fault[] };

export type EventReaderOptions = {
  readonly cursors: CursorStore;
  /** Numbers that were jumped over: an alarm, since withdrawn ones arrive as withdrawn. */
  readonly onGap: (gap: FeedName & Stretch) => void;
  /** Must keep it before it returns; the feed then goes on. */
  readonly onUnreadable: (unreadable: Unreadable) => Promise<void> | void;
  readonly onTrouble?: (trouble: FeedName & FeedTrouble) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly pause?: NonNullable<FeedPullerOptions["pause"]>;
};

/**
 * Reads subscriptions at many tenants as one stream. An event counts as handled when the next one
 * is asked for; only then does its feed's position move. So each event comes at least once, in
 * order within its subscription, also over a crash; a tenant that is away delays nobody else.
 *
 * @example
 * for await (const { tenant, event } of reader) await store(tenant, event);
 */
export class EventReader implements AsyncIterable<Received>, AsyncDisposable {
  readonly #options: EventReaderOptions;
  readonly #pullers: FeedPuller[] = [];
  readonly #runs: Promise<void>[] = [];
  readonly #stop = new AbortController();
  readonly #news = new WakeUp();
  #turn = 0;
  #iterated = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: EventReaderOptions) {
    this.#options = options;
  }

  /** Reads one more subscription from now on. */
  add(feed: Feed): void {
    if (this.#stop.signal.aborted) throw new TypeError("The reader is closed");
    const puller = new FeedPuller(feed, this.#pullerOptions(feed));
    this.#pullers.push(puller);
    this.#runs.push(
      puller.run(this.#stop.signal).catch((error: unknown) => {
        this.#failure = { error };
        this.#news.wake();
      }),
    );
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Received, void, undefined> {
    if (this.#iterated) throw new TypeError("A reader is read once, by one loop");
    this.#iterated = true;
    try {
      for (let puller = await this.#next(); puller !== undefined; puller = await this.#next()) {
        yield* this.#handOver(puller);
        puller.settle();
        await breathe(); // an application that stores synchronously must not starve its own server
      }
    } finally {
      await this.close();
    }
  }

  /** Stops reading; what was not yet handled comes again next time. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#news.wake();
    await Promise.all(this.#runs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The next feed in turn that has something. */
  async #next(): Promise<FeedPuller | undefined> {
    while (!this.#stop.signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure.error;
      for (let step = 1; step <= this.#pullers.length; step += 1) {
        const index = (this.#turn + step) % this.#pullers.length;
        const puller = this.#pullers[index];
        if (puller?.first !== undefined) {
          this.#turn = index;
          return puller;
        }
      }
      await this.#news.wait();
    }
    return undefined;
  }

  async *#handOver(puller: FeedPuller): AsyncGenerator<Received, void, undefined> {
    const intake = puller.first?.intake;
    if (intake === undefined) return;
    const { tenant, subscription } = puller.feed;
    if (intake.gap !== undefined) this.#options.onGap({ tenant, subscription, ...intake.gap });
    if (intake.kind === "unreadable") {
      const { raw, faults } = intake;
      await this.#options.onUnreadable({ tenant, subscription, raw, faults });
    } else {
      yield { tenant, subscription, event: toCloudEvent(intake.event) };
    }
  }

  #pullerOptions({ tenant, subscription }: FeedName): FeedPullerOptions {
    const { cursors, onGap, onTrouble, now = Date.now, random = Math.random } = this.#options;
    return {
      cursors,
      now,
      random,
      onItems: () => this.#news.wake(),
      onGap: (gap) => onGap({ tenant, subscription, ...gap }),
      onTrouble: (trouble) => onTrouble?.({ tenant, subscription, ...trouble }),
      ...(this.#options.pause !== undefined && { pause: this.#options.pause }),
    };
  }
}
