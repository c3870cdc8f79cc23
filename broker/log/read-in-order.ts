import { type ConsumerMessages, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";

/** Short enough that a broker's restart is noticed within seconds. */
const IDLE_HEARTBEAT_MS = 1000;
const PULL_EXPIRES_MS = 5000;

export type ReadOptions = {
  readonly stream: string;
  readonly subjects: string;
  /** The first sequence wanted. */
  readonly from: number;
  /** Messages asked for ahead. */
  readonly prefetch: number;
};

export type Reading = {
  /** Ordered and without holes, over reconnects. Throws when the log is no more. */
  readonly messages: ConsumerMessages;
  /** How many messages there were to read when the reading began. */
  readonly pending: number;
};

/** Reads a log from a place on. */
export async function readInOrder(
  manager: JetStreamManager,
  { stream, subjects, from, prefetch }: ReadOptions,
): Promise<Reading> {
  const consumer = await manager.jetstream().consumers.get(stream, {
    filter_subjects: subjects,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  const { num_pending: pending } = await consumer.info(true);
  const messages = await consumer.consume({
    max_messages: prefetch,
    expires: PULL_EXPIRES_MS,
    idle_heartbeat: IDLE_HEARTBEAT_MS,
  });
  void stopWhenGone(messages, stream);
  return { messages, pending };
}

/** The library goes on asking for a log that was deleted, for ever and in silence. */
async function stopWhenGone(messages: ConsumerMessages, stream: string): Promise<void> {
  for await (const { type } of messages.status()) {
    if (type === "stream_not_found") messages.stop(new Error(`The log ${stream} is gone`));
  }
}
