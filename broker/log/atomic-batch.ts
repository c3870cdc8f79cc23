import {
  headers,
  type Msg,
  type NatsConnection,
  nuid,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";

/** The server stores at most this many messages in one atomic batch (ADR-50). */
export const MAX_BATCH_MESSAGES = 1000;

/** The server's codes for "the last sequence is not the one you expected". */
const LOST_RACE_CODES = new Set([10071, 10164]);

const COMMIT_TIMEOUT_MS = 5000;

/** One message of a batch. `expectLast`: the sequence that its subject must have been written at last. */
export type BatchMessage = {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly expectLast?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * What became of a batch. `unknown` means that no answer came: it may be stored, so read again
 * what it would have changed before deciding anything.
 */
export type BatchOutcome =
  | { readonly kind: "committed"; readonly sequence: number }
  | { readonly kind: "lost-race" }
  | { readonly kind: "unknown"; readonly cause: unknown }
  | { readonly kind: "refused"; readonly code: number; readonly description: string };

type Publisher = Pick<NatsConnection, "publish" | "request">;

type Answer = { error?: { err_code?: number; description?: string }; seq?: number };

/** A batch that the server holds back until it is committed. Left alone it is forgotten in ten seconds. */
export interface StagedBatch {
  /**
   * Stores the batch whole or not at all. `expectLast`: the sequence that the last message's subject
   * must have been written at last.
   */
  commit(expectLast?: number): Promise<BatchOutcome>;
}

/**
 * Sends all but the last message of a batch. The last one is sent by `commit`, so that what it
 * expects may be known later than what the batch holds.
 *
 * Written on the bare connection because the client library's batch drops expectations and hides
 * the server's error. Batches carry no message ids: one duplicate would reject the whole batch.
 */
export function stageBatch(connection: Publisher, messages: readonly BatchMessage[]): StagedBatch {
  const last = messages.at(-1);
  if (last === undefined) throw new TypeError("An atomic batch holds at least one message");
  if (messages.length > MAX_BATCH_MESSAGES)
    throw new TypeError(`An atomic batch holds at most ${MAX_BATCH_MESSAGES} messages`);
  const batch = messages.length === 1 ? undefined : nuid.next();
  for (const [index, message] of messages.slice(0, -1).entries()) {
    connection.publish(message.subject, message.data, {
      headers: stamp(message, { batch, sequence: index + 1 }),
    });
  }
  return {
    commit: (expectLast = last.expectLast) => {
      const committing = expectLast === undefined ? last : { ...last, expectLast };
      return send(connection, committing, { batch, sequence: messages.length, commit: true });
    },
  };
}

/** Publishes the messages to one stream whole or not at all, in order; the last one commits. */
export async function publishAtomically(
  connection: Publisher,
  messages: readonly BatchMessage[],
): Promise<BatchOutcome> {
  return stageBatch(connection, messages).commit();
}

async function send(
  connection: Publisher,
  message: BatchMessage,
  place: Place,
): Promise<BatchOutcome> {
  try {
    const answer = await connection.request(message.subject, message.data, {
      headers: stamp(message, place),
      timeout: COMMIT_TIMEOUT_MS,
    });
    return outcomeOf(answer);
  } catch (cause) {
    return unknownOr(cause);
  }
}

function unknownOr(cause: unknown): BatchOutcome {
  if (cause instanceof TimeoutError || cause instanceof RequestError)
    return { kind: "unknown", cause };
  throw cause;
}

type Place = { batch: string | undefined; sequence: number; commit?: boolean };

function stamp(
  message: BatchMessage,
  { batch, sequence, commit }: Place,
): ReturnType<typeof headers> {
  const stamped = headers();
  for (const [name, value] of Object.entries(message.headers ?? {})) stamped.set(name, value);
  if (message.expectLast !== undefined)
    stamped.set("Nats-Expected-Last-Subject-Sequence", String(message.expectLast));
  if (batch === undefined) return stamped;
  stamped.set("Nats-Batch-Id", batch);
  stamped.set("Nats-Batch-Sequence", String(sequence));
  if (commit) stamped.set("Nats-Batch-Commit", "1");
  return stamped;
}

function outcomeOf(answer: Msg): BatchOutcome {
  const { error, seq } = answer.json<Answer>();
  if (error === undefined && seq !== undefined) return { kind: "committed", sequence: seq };
  const code = error?.err_code ?? 0;
  if (LOST_RACE_CODES.has(code)) return { kind: "lost-race" };
  return { kind: "refused", code, description: error?.description ?? "no sequence in the answer" };
}
