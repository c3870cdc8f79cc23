import { type ConsumerMessages, type JsMsg, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Reading, readInOrder } from "./read-in-order.ts";

/** Messages asked for ahead: enough to keep the wire busy, little enough to hold in memory. */
const PREFETCH_MESSAGES = 2000;

/** One message of a log. Its sequence is its place. */
export type LogMessage = {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
};

export type FollowOptions = {
  readonly connection: NatsConnection;
  readonly stream: string;
  /** Those that are followed. Only where they are all of the log can `head` be waited for. */
  readonly subjects: string;
  /** The first sequence wanted (default 1), or only what comes from now on. */
  readonly from?: number | "now";
  /** Called for each message in order. A throw ends the following and reaches `onFailure`. */
  readonly onMessage: (message: LogMessage) => void;
  /** The log can no longer be followed: what was built from it must not be trusted. */
  readonly onFailure: (error: unknown) => void;
};

/** Follows a log to its end and beyond, over reconnects; ordered and without holes. */
export interface LogFollower extends AsyncDisposable {
  /** The sequence of the newest message given to `onMessage`. */
  readonly applied: number;
  /** Asks the server for the log's newest sequence. Rejects when it cannot be asked. */
  head(): Promise<number>;
  /** Waits until a sequence has been applied; false when the time is up or the following ended. */
  caughtUp(sequence: number, timeoutMs: number): Promise<boolean>;
}

/** Starts following, and resolves when all that was in the log at the call has been applied. */
export async function followLog(options: FollowOptions): Promise<LogFollower> {
  const manager = await jetstreamManager(options.connection, { checkAPI: false });
  const { state } = await manager.streams.info(options.stream);
  const follower = new Follower(
    options,
    async () => (await manager.streams.info(options.stream)).state.last_seq,
  );
  const { from = 1, stream, subjects } = options;
  const reading = await readInOrder(manager, {
    stream,
    subjects,
    from: from === "now" ? state.last_seq + 1 : from,
    prefetch: PREFETCH_MESSAGES,
  });
  await follower.run(reading, state.last_seq);
  return follower;
}

type Waiter = { readonly sequence: number; readonly settle: (reached: boolean) => void };

class Follower implements LogFollower {
  readonly #options: FollowOptions;
  readonly #head: () => Promise<number>;
  readonly #waiters = new Set<Waiter>();
  #messages: ConsumerMessages | undefined;
  #ended = false;
  #applied = 0;
  /** The newest sequence when the following began. It may be of another subject, or deleted. */
  #last = 0;

  constructor(options: FollowOptions, head: () => Promise<number>) {
    this.#options = options;
    this.#head = head;
  }

  get applied(): number {
    return this.#applied;
  }

  /** Starts, and waits until all that lay up to `last` has been applied. */
  async run({ messages, pending }: Reading, last: number): Promise<void> {
    this.#messages = messages;
    this.#last = last;
    if (pending === 0) this.#applied = last;
    void this.#consume(messages);
    if (!(await this.#reached(last)))
      throw new Error(`The log ${this.#options.stream} could not be read to its end`);
  }

  async #consume(messages: ConsumerMessages): Promise<void> {
    try {
      for await (const message of messages) this.#apply(message);
      if (!this.#ended) throw new Error(`Following ${this.#options.stream} ended`);
    } catch (error) {
      if (!this.#ended) this.#options.onFailure(error);
    } finally {
      this.#ended = true;
      for (const { settle } of this.#waiters) settle(false);
    }
  }

  #apply(message: JsMsg): void {
    this.#options.onMessage({
      subject: message.subject,
      sequence: message.seq,
      data: message.data,
    });
    const isNewest = message.info.pending === 0;
    this.#applied = isNewest ? Math.max(message.seq, this.#last) : message.seq;
    for (const waiter of this.#waiters) if (waiter.sequence <= this.#applied) waiter.settle(true);
  }

  head(): Promise<number> {
    return this.#head();
  }

  async caughtUp(sequence: number, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    try {
      return await Promise.race([this.#reached(sequence), promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #reached(sequence: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    if (this.#applied >= sequence) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = {
      sequence,
      settle: (reached) => (this.#waiters.delete(waiter), resolve(reached)),
    };
    this.#waiters.add(waiter);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#messages?.close();
  }
}
