import { setTimeout as after } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type Backoff, pauseAfter } from "./pacing/backoff.ts";
import { ConnectionState } from "./publisher/connection-state.ts";
import { logInWithSeed } from "./publisher/log-in-with-seed.ts";

/** A broker that does not greet within this time is tried again. */
const CONNECT_TIMEOUT_MS = 3000;

/** A source whose broker is away looks often: what was recorded waits for it. */
const CONNECT_BACKOFF: Backoff = { firstMs: 100, longestMs: 1000 };

const RECONNECT_WAIT_MS = 250;

/** Spreads those that lost the same broker. */
const RECONNECT_JITTER_MS = 250;

/** Notices a broker that vanished without a word within seconds. */
const PING_INTERVAL_MS = 5000;

export type BrokerLinkOptions = {
  readonly url: string;
  readonly name: string;
  /** The user's nkey seed; without one, a broker that asks for nothing. */
  readonly seed?: Uint8Array | undefined;
};

/** A connection that is made in the background and made again for as long as the link is open. */
export interface BrokerLink extends AsyncDisposable {
  /** The connection while it is up. */
  readonly current: ConnectionState | undefined;
  /** Calls a listener each time that the broker is reached, at once if it is now. */
  onUp(listener: () => void): void;
}

/** Starts to connect, and returns without waiting: a source works on while its broker is away. */
export function openBrokerLink(options: BrokerLinkOptions): BrokerLink {
  return new Link(options);
}

class Link implements BrokerLink {
  readonly #options: BrokerLinkOptions;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #state: ConnectionState | undefined;

  constructor(options: BrokerLinkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get current(): ConnectionState | undefined {
    return this.#state?.isUp ? this.#state : undefined;
  }

  onUp(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.current !== undefined) listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#state?.connection.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const connection = await open(this.#options).catch(() => undefined);
      failures = connection === undefined ? failures + 1 : 1;
      if (connection !== undefined) await this.#use(connection);
      await after(pauseAfter(failures, CONNECT_BACKOFF), undefined, { signal }).catch(() => {});
    }
  }

  /** Until the connection is closed for good: by us, or because the broker turned the user away. */
  async #use(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) return connection.close();
    const state = new ConnectionState(connection);
    this.#state = state;
    const tell = () => this.#listeners.forEach((listener) => listener());
    state.onUp(tell);
    tell();
    await connection.closed();
    this.#state = undefined;
  }
}

function open({ url, name, seed }: BrokerLinkOptions): Promise<NatsConnection> {
  return connect({
    servers: url,
    name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    pingInterval: PING_INTERVAL_MS,
    ...(seed && logInWithSeed(seed)),
  });
}
