import { type SourceEvent, validateSourceEvent } from "#schemas/source-event";
import { type Backoff, DEFAULT_BACKOFF, pauseAfter } from "../pacing/backoff.ts";
import type { SendOutcome } from "../publisher/send-event.ts";
import type { OutboxEntry, SourceStore } from "../store/source-store.ts";
import { Alarm } from "../pacing/alarm.ts";

/** Events taken at a time: enough to keep the wire busy, little to read again after a failure. */
const BATCH_EVENTS = 128;

/** Finds what was recorded by another process, or when a wake-up was lost. */
const LOOK_EVERY_MS = 5000;

export type RelayOptions = {
  readonly store: Pick<SourceStore, "unsent" | "markSent" | "isSent">;
  readonly send: (event: SourceEvent) => Promise<SendOutcome>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears why the outbox is not emptied; it goes on trying. */
  readonly onFailure: (failure: RelayFailure) => void;
  readonly backoff?: Backoff;
};

export type RelayFailure = {
  readonly reason: "unacknowledged" | "not-permitted" | "store" | "unreadable-event";
  readonly cause: unknown;
};

type Sent = { readonly sent: number[]; readonly failure: RelayFailure | undefined };

/**
 * Publishes what the outbox holds: each patient's events in order, different patients' side by side.
 * An event is marked as sent after its acknowledgement, so a crash in between sends it again with the
 * same id, and the log keeps one.
 */
export class OutboxRelay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #alarm = new Alarm();
  readonly #waiters = new Map<number, Set<(sent: boolean) => void>>();
  readonly #running: Promise<void>;
  #noMoreWaits = false;
  #stopped = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Looks at the outbox now: something was recorded, or the broker is back. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Waits until an entry has been published; false when the time is up or waiting was ended. */
  async whenSent(sequence: number, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiters = this.#waiters.get(sequence) ?? new Set();
    this.#waiters.set(sequence, waiters.add(resolve));
    const timer = setTimeout(() => resolve(false), this.#noMoreWaits ? 0 : timeoutMs);
    try {
      // It may have been sent before anybody waited, or by another process.
      return (await this.#options.store.isSent(sequence)) || (await promise);
    } finally {
      clearTimeout(timer);
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiters.delete(sequence);
    }
  }

  /** Lets nobody wait any longer, as when the server goes down. Publishing goes on. */
  endWaits(): void {
    this.#noMoreWaits = true;
    for (const waiters of this.#waiters.values()) for (const settle of waiters) settle(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { backoff = DEFAULT_BACKOFF } = this.#options;
    let failures = 0;
    while (!this.#stopped) {
      const result = await this.#sendSome();
      failures = result === "failed" ? failures + 1 : 0;
      if (result === "more") continue;
      await this.#alarm.wait(result === "failed" ? pauseAfter(failures, backoff) : LOOK_EVERY_MS);
    }
  }

  async #sendSome(): Promise<"more" | "empty" | "failed"> {
    try {
      const entries = await this.#options.store.unsent(BATCH_EVENTS);
      if (entries.length === 0) return "empty";
      const { sent, failure } = await this.#sendAll(entries);
      if (sent.length > 0) await this.#options.store.markSent(sent, this.#timestamp());
      for (const sequence of sent)
        for (const settle of this.#waiters.get(sequence) ?? []) settle(true);
      if (failure !== undefined) this.#options.onFailure(failure);
      return sent.length === entries.length ? "more" : "failed";
    } catch (cause) {
      this.#options.onFailure({ reason: "store", cause });
      return "failed";
    }
  }

  /** What was acknowledged, and one of the failures: the others are most often the same. */
  async #sendAll(entries: readonly OutboxEntry[]): Promise<Sent> {
    const perPatient = Object.values(Object.groupBy(entries, ({ alias }) => alias));
    const results = await Promise.all(perPatient.map((some = []) => this.#sendInOrder(some)));
    return {
      sent: results.flatMap(({ sent }) => sent),
      failure: results.find(({ failure }) => failure !== undefined)?.failure,
    };
  }

  /** Stops at the first that is not acknowledged: what comes after it must not overtake it. */
  async #sendInOrder(entries: readonly OutboxEntry[]): Promise<Sent> {
    const sent: number[] = [];
    for (const { sequence, event } of entries) {
      if (this.#stopped) break;
      const failure = await this.#sendOne(event);
      if (failure !== undefined) return { sent, failure };
      sent.push(sequence);
    }
    return { sent, failure: undefined };
  }

  async #sendOne(text: string): Promise<RelayFailure | undefined> {
    const judged = validateSourceEvent(JSON.parse(text));
    if (!judged.valid) {
      return { reason: "unreadable-event", cause: new Error("the outbox holds no event") };
    }
    const outcome = await this.#options.send(judged.value);
    return outcome.kind === "stored" ? undefined : { reason: outcome.kind, cause: outcome.cause };
  }

  #timestamp(): string {
    return new Date(this.#options.now()).toISOString();
  }
}
