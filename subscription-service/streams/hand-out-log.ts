import { type Static, Type } from "typebox";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { compileValidator } from "#schemas/strict-ajv";
import { handOutSubject } from "#schemas/subject";
import { keepState } from "./keep-state.ts";
import { lastMessage } from "./stored-message.ts";
import { OUT } from "./tenant-streams.ts";

/** How far a subscription's webhook has come. */
const HandOutProgress = Type.Object(
  {
    /** Sequence in the log of the last notification that the endpoint took. */
    sequence: Type.Integer({ minimum: 0 }),
    /** Why nothing is sent any more, until the consumer resumes. */
    paused: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type HandOutProgress = Static<typeof HandOutProgress>;

const validate = compileValidator(HandOutProgress);

/** Where webhooks keep their cursors: one message a subscription, that never expires. */
export class HandOutLog {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;

  constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection;
    this.#manager = manager;
  }

  async load(subscription: string): Promise<HandOutProgress> {
    const message = await lastMessage(this.#manager, OUT, handOutSubject(subscription));
    if (message === undefined) return { sequence: 0 };
    const judged = validate(message.json());
    if (!judged.valid) throw new Error("A webhook's progress is unreadable");
    return judged.value;
  }

  async keep(subscription: string, progress: HandOutProgress): Promise<void> {
    await keepState(this.#connection, handOutSubject(subscription), progress);
  }
}
