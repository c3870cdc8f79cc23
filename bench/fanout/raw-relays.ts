import {
  AckPolicy,
  jetstream,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type BatchMessage, MAX_BATCH_MESSAGES, publishAtomically } from "#broker/log/atomic-batch";

/** Publishes under way at a time in the plain relay: beyond it the broker only queues. */
const WINDOW = 256;

/** Batches under way at a time in the strong relay. */
const BATCHES_IN_FLIGHT = 4;

const PREFETCH = 4000;

/** A full window waits for many fsyncs. */
const PUBLISH_TIMEOUT_MS = 30_000;

/** A relay of everything in one stream to another: how many messages, in how many seconds. */
export type Relayed = { readonly messages: number; readonly seconds: number };

export type RelayOptions = {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly source: string;
  readonly target: string;
  readonly count: number;
};

async function consume({ manager, source }: RelayOptions): Promise<ConsumerMessages> {
  const consumerName = `relay-${Math.random().toString(36).slice(2)}`;
  await manager.consumers.add(source, {
    durable_name: consumerName,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: PREFETCH * 2,
  });
  const consumer = await manager.jetstream().consumers.get(source, consumerName);
  return consumer.consume({ max_messages: PREFETCH });
}

/** R0: consume, publish with the client library in a window, acknowledge. No decision, number or record. */
export async function relayPlainly(options: RelayOptions): Promise<Relayed> {
  const client = jetstream(options.connection, { timeout: PUBLISH_TIMEOUT_MS });
  const messages = await consume(options);
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  let taken = 0;
  for await (const message of messages) {
    const task = client.publish(`${options.target}.x`, message.data).then(() => message.ack());
    const settled: Promise<void> = task.finally(() => underWay.delete(settled));
    underWay.add(settled);
    if (underWay.size >= WINDOW) await Promise.race(underWay);
    taken += 1;
    if (taken === options.count) break;
  }
  await Promise.all(underWay);
  return { messages: taken, seconds: (performance.now() - startedAt) / 1000 };
}

/** R1: the same with atomic batches of up to 1,000, several under way: the best raw relay known. */
export async function relayInBatches(options: RelayOptions): Promise<Relayed> {
  const messages = await consume(options);
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  let batch: JsMsg[] = [];
  let taken = 0;
  const send = async (): Promise<void> => {
    const sent = batch;
    batch = [];
    const settled: Promise<void> = sendBatch(options, sent).finally(() => underWay.delete(settled));
    underWay.add(settled);
    if (underWay.size >= BATCHES_IN_FLIGHT) await Promise.race(underWay);
  };
  for await (const message of messages) {
    batch.push(message);
    taken += 1;
    if (batch.length === MAX_BATCH_MESSAGES || taken === options.count) await send();
    if (taken === options.count) break;
  }
  await Promise.all(underWay);
  return { messages: taken, seconds: (performance.now() - startedAt) / 1000 };
}

async function sendBatch(
  { connection, target }: RelayOptions,
  batch: readonly JsMsg[],
): Promise<void> {
  const outgoing: BatchMessage[] = batch.map(({ data }) => ({ subject: `${target}.x`, data }));
  const outcome = await publishAtomically(connection, outgoing);
  if (outcome.kind !== "committed")
    throw new Error(`The baseline's batch was not stored: ${outcome.kind}`);
  for (const message of batch) message.ack();
}
