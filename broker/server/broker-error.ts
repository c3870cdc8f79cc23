/** Why there is no broker to work with. */
export type BrokerErrorCode =
  /** No nats-server was found, and none could be unpacked. */
  | "nats-server-not-found"
  /** The server or program that the environment names cannot be used: missing, too old, out of reach, or without JetStream. */
  | "nats-server-unusable"
  /** The options for a server contradict a rule. */
  | "options-refused"
  /** Another running server has the store open. */
  | "store-in-use"
  /** The store holds streams that the server cannot read: another key, or damage. */
  | "store-unreadable"
  /** The server ended, or was not ready in time, while it started. */
  | "not-started"
  /** The running server refused a changed configuration and goes on with the old one. */
  | "reload-refused";

/** An error of finding, starting or steering the broker, with a code that callers can tell apart. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokerError";
    this.code = code;
  }
}
