import type { NatsConnection } from "@nats-io/transport-node";

/**
 * Whether a connection is up. What is published while it is not would be kept by the client library
 * and sent later, attempt after attempt; so nobody attempts it.
 */
export class ConnectionState {
  readonly connection: NatsConnection;
  readonly #listeners = new Set<() => void>();
  #isUp: boolean;

  constructor(connection: NatsConnection) {
    this.connection = connection;
    this.#isUp = !connection.isClosed();
    void this.#follow();
  }

  get isUp(): boolean {
    return this.#isUp && !this.connection.isClosed();
  }

  /** Calls a listener each time that the connection comes back. */
  onUp(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Waits for a task, but not longer than until the connection comes back; then nothing is given. */
  async untilUp<T>(task: Promise<T>): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const isBack = () => resolve(undefined);
    this.#listeners.add(isBack);
    try {
      return await Promise.race([task, promise]);
    } finally {
      this.#listeners.delete(isBack);
    }
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === "disconnect") this.#isUp = false;
      if (type !== "reconnect") continue;
      this.#isUp = true;
      for (const listener of this.#listeners) listener();
    }
  }
}
