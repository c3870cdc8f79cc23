import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { aliasOf } from "#schemas/alias";
import type { TenantKeys } from "#schemas/tenant-keys";
import { messageIdOf } from "#schemas/message-id";
import { eventSubject } from "#schemas/subject";
import type { ProducedEvent } from "./story.ts";

/** Events under way at a time. */
const WINDOW = 100;

/** Between two tries of one event. */
const RETRY_MS = 100;

/**
 * Publishes events as a source does, each again with the same id until it is acknowledged. Gives
 * each event to `onAcknowledged` at that moment.
 */
export async function produce(
  connection: NatsConnection,
  events: readonly ProducedEvent[],
  {
    keys,
    onAcknowledged,
  }: { keys: TenantKeys; onAcknowledged?: (event: ProducedEvent, sequence: number) => void },
): Promise<void> {
  const client = jetstream(connection, { timeout: 1000 });
  const waiting = events.values();
  const lane = async (): Promise<void> => {
    for (const event of waiting) {
      const sequence = await acknowledged(client, event, keys);
      onAcknowledged?.(event, sequence);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
}

async function acknowledged(
  client: ReturnType<typeof jetstream>,
  event: ProducedEvent,
  keys: TenantKeys,
): Promise<number> {
  const subject = aliasOf(keys.alias, event["subject"] ?? "");
  const stored = JSON.stringify({ ...event, subject });
  const msgID = messageIdOf({ source: event["source"] ?? "", id: event["id"] ?? "" });
  for (;;) {
    try {
      return (await client.publish(eventSubject("measurement", subject), stored, { msgID })).seq;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
