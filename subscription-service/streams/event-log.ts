import type { JetStreamClient } from "@nats-io/jetstream";
import { topicOf } from "#schemas/event-types";
import { messageIdOf } from "#schemas/message-id";
import type { SourceEvent } from "#schemas/source-event";
import { eventSubject } from "#schemas/subject";

/** What became of an event that was handed to the log. */
export type Published = { readonly kind: "published" | "duplicate" };

/** Where events enter the tenant's log: answered when they are on disk. */
export class EventLog {
  readonly #jetstream: JetStreamClient;

  constructor(jetstream: JetStreamClient) {
    this.#jetstream = jetstream;
  }

  async publish(event: SourceEvent): Promise<Published> {
    const topic = topicOf(event.type);
    if (topic === undefined) throw new TypeError("An event of an unknown type was not validated");
    const { duplicate } = await this.#jetstream.publish(
      eventSubject(topic, event.subject),
      JSON.stringify(event),
      { msgID: messageIdOf(event) },
    );
    return { kind: duplicate ? "duplicate" : "published" };
  }
}
