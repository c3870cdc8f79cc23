import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Validation } from "#schemas/strict-ajv";
import {
  type StreamOrigins,
  validateCheckpoint,
  validateFanOutRecord,
} from "../domain/fan-out-record.ts";
import {
  afterRecord,
  type FanOutState,
  fromCheckpoint,
  initialState,
  toCheckpoint,
} from "../domain/fan-out-state.ts";
import { keepState } from "./keep-state.ts";
import { lastMessage, readSubject } from "./stored-message.ts";
import { OUT } from "./tenant-streams.ts";

export const RECORD_SUBJECT = "rec";
const CHECKPOINT_SUBJECT = "checkpoint";

/** Records read at a time when catching up after a checkpoint. */
const READ_BATCH = 256;

/** The streams are not those that the records were made for: numbers and cursors mean nothing there. */
export class StreamsReplaced extends Error {
  override readonly name = "StreamsReplaced";
}

/** The tenant's records and checkpoints: where a writer finds out how far fan-out has come. */
export class RecordLog {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #origins: StreamOrigins;

  constructor(connection: NatsConnection, manager: JetStreamManager, origins: StreamOrigins) {
    this.#connection = connection;
    this.#manager = manager;
    this.#origins = origins;
  }

  /** The state of the newest record, from the last checkpoint on. */
  async load(): Promise<FanOutState> {
    const message = await lastMessage(this.#manager, OUT, CHECKPOINT_SUBJECT);
    const state =
      message === undefined
        ? initialState(this.#origins)
        : fromCheckpoint(this.#read(validateCheckpoint(message.json())));
    this.#assertOrigins(state.origins);
    return this.catchUp(state);
  }

  /** The state after the records that have come since. */
  async catchUp(state: FanOutState): Promise<FanOutState> {
    let caughtUp = state;
    for (;;) {
      const messages = await readSubject(this.#manager, OUT, {
        next_by_subj: RECORD_SUBJECT,
        seq: caughtUp.recordSequence + 1,
        batch: READ_BATCH,
      });
      for (const message of messages) {
        const record = this.#read(validateFanOutRecord(message.json()));
        this.#assertOrigins(record.origins);
        caughtUp = afterRecord(caughtUp, record, message.seq);
      }
      if (messages.length < READ_BATCH) return this.#expectingWhatIsThere(caughtUp);
    }
  }

  /** Once every record has passed the age limit, the next one is the first of its subject again. */
  async #expectingWhatIsThere(state: FanOutState): Promise<FanOutState> {
    const newest = await lastMessage(this.#manager, OUT, RECORD_SUBJECT);
    return newest === undefined ? { ...state, recordSequence: 0 } : state;
  }

  /** Keeps the state so that the records before it need not be read again. Never expires. */
  async keep(state: FanOutState): Promise<void> {
    await keepState(this.#connection, CHECKPOINT_SUBJECT, toCheckpoint(state));
  }

  #assertOrigins({ events, policy }: StreamOrigins): void {
    if (events === this.#origins.events && policy === this.#origins.policy) return;
    throw new StreamsReplaced(
      "The events or policy stream was made anew or restored since the last record. Nothing is fanned out until an operator has decided; see docs/architecture.md, Replaced streams.",
    );
  }

  #read<T>(judged: Validation<T>): T {
    if (judged.valid) return judged.value;
    throw new Error(
      `A fan-out record is unreadable: ${judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ")}`,
    );
  }
}
