import { jetstreamManager } from "@nats-io/jetstream";
import { nanos, type NatsConnection } from "@nats-io/transport-node";
import { type SourceEvent, validateSourceEvent } from "#schemas/source-event";

const DUPLICATE_WINDOW_MS = 60_000;

/** Makes the streams of a tenant that producers meet. */
export async function makeStreams(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "EVENTS",
    subjects: ["ev.>"],
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
  await manager.streams.add({ name: "POLICY", subjects: ["pol.>"] });
}

export type Logged = {
  readonly subject: string;
  readonly messageId: string;
  readonly text: string;
  readonly event: SourceEvent;
};

/** Everything that the log of events holds, in order; throws on what is no valid event. */
export async function readLog(connection: NatsConnection): Promise<Logged[]> {
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info("EVENTS");
  const logged: Logged[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage("EVENTS", { seq });
    if (message === null) throw new Error(`message ${seq} is missing`);
    const judged = validateSourceEvent(message.json());
    if (!judged.valid) throw new Error(JSON.stringify(judged.faults));
    logged.push({
      subject: message.subject,
      messageId: message.header.get("Nats-Msg-Id"),
      text: message.string(),
      event: judged.value,
    });
  }
  return logged;
}
