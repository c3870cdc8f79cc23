import {
  type DirectBatchOptions,
  type JetStreamManager,
  JetStreamError,
  type StoredMsg,
} from "@nats-io/jetstream";
import { Problem } from "#schemas/problem";

const NOT_FOUND = 404;

function unavailable(cause: unknown): never {
  throw new Problem("unavailable", { detail: "the log cannot be read now", cause });
}

/**
 * The last message of a subject, or nothing when there is none. Throws the problem `unavailable`
 * while the broker does not answer.
 */
export async function lastMessage(
  manager: JetStreamManager,
  stream: string,
  subject: string,
): Promise<StoredMsg | undefined> {
  const found = await manager.direct
    .getMessage(stream, { last_by_subj: subject })
    .catch(unavailable);
  return found ?? undefined;
}

/**
 * Messages of one literal subject from a sequence on, in order; nothing when there are none.
 * Throws the problem `unavailable` while the broker does not answer.
 */
export async function readSubject(
  manager: JetStreamManager,
  stream: string,
  options: DirectBatchOptions,
): Promise<StoredMsg[]> {
  try {
    const messages: StoredMsg[] = [];
    for await (const message of await manager.direct.getBatch(stream, options))
      messages.push(message);
    return messages;
  } catch (cause) {
    if (cause instanceof JetStreamError && "code" in cause && cause.code === NOT_FOUND) return [];
    return unavailable(cause);
  }
}
