import type { Fault } from "#schemas/strict-ajv";

export type PublishErrorCode =
  /** The event breaks the contract: `faults` says where. It must be changed. */
  | "invalid-event"
  /** No acknowledgement within the deadline. It may be stored: publish it again, with the same id. */
  | "broker-unavailable"
  /** Too many events wait already. */
  | "too-many-waiting"
  /** The broker does not let this user publish. */
  | "not-permitted"
  /** The publisher has been closed. */
  | "closed";

const RETRYABLE: ReadonlySet<PublishErrorCode> = new Set([
  "broker-unavailable",
  "too-many-waiting",
]);

/** Why an event was not published. Never holds an identity number. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly code: PublishErrorCode;
  readonly faults: readonly Fault[];
  /** Whether the same event, with the same id, may be published later. */
  readonly retryable: boolean;

  constructor(
    code: PublishErrorCode,
    message: string,
    { faults = [], cause }: { faults?: readonly Fault[]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.faults = faults;
    this.retryable = RETRYABLE.has(code);
  }
}

/** The error of an event that breaks the contract, with every fault in its message. */
export function invalidEvent(faults: readonly Fault[]): PublishError {
  const lines = faults.map(({ pointer, detail }) => `  ${pointer} ${detail}`);
  return new PublishError("invalid-event", ["The event is not valid:", ...lines].join("\n"), {
    faults,
  });
}
