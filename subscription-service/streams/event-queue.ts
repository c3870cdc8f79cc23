import type { ConsumerMessages, JetStreamManager } from "@nats-io/jetstream";
import { readInOrder } from "#broker/log/read-in-order";
import type { IncomingEvent } from "../domain/plan-fan-out.ts";
import { readEvent } from "../domain/read-event.ts";
import { EVENTS } from "./tenant-streams.ts";

/** Events held in memory at most: a few commits' worth. Beyond it the broker keeps them. */
const MAX_QUEUED = 4000;

export type EventQueueOptions = {
  readonly manager: JetStreamManager;
  readonly controller: string;
  /** The first event wanted. */
  readonly from: number;
  readonly onArrival: () => void;
  readonly onFailure: (error: unknown) => void;
};

/** The tenant's events from a place on, in order; read ahead, but never more than the limit. */
export class EventQueue implements AsyncDisposable {
  readonly #options: EventQueueOptions;
  #events: IncomingEvent[] = [];
  #room = Promise.withResolvers<void>();
  #messages: ConsumerMessages | undefined;
  #closed = false;

  private constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  static async open(options: EventQueueOptions): Promise<EventQueue> {
    const queue = new EventQueue(options);
    const { messages } = await readInOrder(options.manager, {
      stream: EVENTS,
      subjects: "ev.>",
      from: options.from,
      prefetch: MAX_QUEUED,
    });
    queue.#messages = messages;
    void queue.#fill(messages);
    return queue;
  }

  async #fill(messages: ConsumerMessages): Promise<void> {
    try {
      for await (const message of messages) {
        this.#events.push(
          readEvent(
            { subject: message.subject, sequence: message.seq, text: message.string() },
            this.#options.controller,
          ),
        );
        this.#options.onArrival();
        if (this.#events.length >= MAX_QUEUED) await this.#room.promise;
      }
      if (!this.#closed) throw new Error("Following the events ended");
    } catch (error) {
      if (!this.#closed) this.#options.onFailure(error);
    }
  }

  /** What waits, oldest first. */
  get waiting(): readonly IncomingEvent[] {
    return this.#events;
  }

  /** Lets go of the events up to a sequence: they are done. */
  release(sequence: number): void {
    const kept = this.#events.findIndex((event) => event.sequence > sequence);
    this.#events = kept === -1 ? [] : this.#events.slice(kept);
    if (this.#events.length >= MAX_QUEUED) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#room.resolve();
    await this.#messages?.close();
  }
}
