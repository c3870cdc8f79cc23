import { jetstream, type PubAck } from "@nats-io/jetstream";
import { errors, headers, type NatsConnection } from "@nats-io/transport-node";
import { topicOf } from "#schemas/event-types";
import { messageIdOf } from "#schemas/message-id";
import type { SourceEvent } from "#schemas/source-event";
import { eventSubject } from "#schemas/subject";
import type { ConnectionState } from "./connection-state.ts";

/** An acknowledgement takes milliseconds; a broker that is silent this long is treated as away. */
export const ACK_TIMEOUT_MS = 3000;

/** What became of one attempt to hand an event to the log. */
export type SendOutcome =
  /** On disk at the broker; `duplicate` when an earlier attempt had arrived after all. */
  | { readonly kind: "stored"; readonly sequence: number; readonly duplicate: boolean }
  /** No acknowledgement came. It may be stored: try again with the same id. */
  | { readonly kind: "unacknowledged"; readonly cause: unknown }
  /** The broker does not let this user publish here; trying again changes nothing. */
  | { readonly kind: "not-permitted"; readonly cause: unknown };

/**
 * Publishes an event to the tenant's log once, and waits for the durable acknowledgement. One that was
 * under way when the connection broke never comes, so that nobody waits for it any longer.
 */
export async function sendEvent(
  state: ConnectionState,
  event: SourceEvent,
  timeoutMs: number = ACK_TIMEOUT_MS,
): Promise<SendOutcome> {
  if (!state.isUp) return unacknowledged("the broker is not connected");
  try {
    const acknowledged = await state.untilUp(publish(state.connection, event, timeoutMs));
    return acknowledged === undefined
      ? unacknowledged("the connection broke")
      : { kind: "stored", sequence: acknowledged.seq, duplicate: acknowledged.duplicate };
  } catch (cause) {
    return { kind: isRefusal(cause) ? "not-permitted" : "unacknowledged", cause };
  }
}

function publish(
  connection: NatsConnection,
  event: SourceEvent,
  timeoutMs: number,
): Promise<PubAck> {
  const topic = topicOf(event.type);
  if (topic === undefined) throw new TypeError("Not the type of an event of the log");
  const fields = headers();
  fields.set("Content-Type", "application/cloudevents+json");
  return jetstream(connection, { timeout: timeoutMs }).publish(
    eventSubject(topic, event.subject),
    JSON.stringify(event),
    { msgID: messageIdOf(event), headers: fields, timeout: timeoutMs, retries: 0 },
  );
}

function unacknowledged(reason: string): SendOutcome {
  return { kind: "unacknowledged", cause: new Error(reason) };
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.PermissionViolationError ||
    (error instanceof Error && error.cause instanceof errors.PermissionViolationError)
  );
}
