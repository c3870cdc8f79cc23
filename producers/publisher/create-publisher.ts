import { setTimeout as after } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import type { CloudEvent } from "#schemas/cloud-event";
import type { SourceEvent } from "#schemas/source-event";
import { type Backoff, DEFAULT_BACKOFF, pauseAfter } from "../pacing/backoff.ts";
import { ConnectionState } from "./connection-state.ts";
import { type EventOwner, prepareEvent } from "./prepare-event.ts";
import { PublishError } from "./publish-error.ts";
import { ACK_TIMEOUT_MS, sendEvent } from "./send-event.ts";
import { Slots } from "./slots.ts";

/** Fills the wire to a broker that fsyncs each message; more would only wait there instead of here. */
const MAX_IN_FLIGHT = 256;

/** Some megabytes of events; a producer that is faster for longer must keep them itself. */
const MAX_WAITING = 10_000;

/** A broker's restart fits well within it; a caller with a person waiting chooses less. */
const DEADLINE_MS = 30_000;

export type PublisherOptions = EventOwner & {
  readonly connection: NatsConnection;
  /** How long `publish` tries before it gives up, from when the event's turn has come. */
  readonly deadlineMs?: number;
  readonly backoff?: Backoff;
};

/** The event is in the tenant's log, on disk; `duplicate` when it was there already. */
export type Published = {
  readonly kind: "published" | "duplicate";
  readonly sequence: number;
};

export interface Publisher extends AsyncDisposable {
  /**
   * Publishes an event whose `subject` is the patient's identity number, which never leaves this
   * process: the log holds an alias. Resolves when the event is on disk at the broker. While the
   * broker is away it tries again with the same id, so that the event is stored once.
   *
   * @throws PublishError
   */
  publish(event: CloudEvent<unknown>): Promise<Published>;
}

/**
 * Makes a publisher for one controller's events. The connection stays its owner's, who closes it after
 * the publisher; closing waits for what is under way and lets nothing new in.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { connection, deadlineMs = DEADLINE_MS, backoff = DEFAULT_BACKOFF } = options;
  const slots = new Slots({ running: MAX_IN_FLIGHT, waiting: MAX_WAITING });
  const state = new ConnectionState(connection);
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  async function publishInTime(event: SourceEvent): Promise<Published> {
    const until = performance.now() + deadlineMs;
    for (let failures = 1; ; failures += 1) {
      const leftMs = Math.max(1, until - performance.now());
      const outcome = await sendEvent(state, event, Math.min(leftMs, ACK_TIMEOUT_MS));
      if (outcome.kind === "stored") return published(outcome);
      if (outcome.kind === "not-permitted") throw notPermitted(outcome.cause);
      const pauseMs = pauseAfter(failures, backoff);
      if (performance.now() + pauseMs > until || connection.isClosed()) throw away(outcome.cause);
      await pauseOrUp(state, pauseMs);
    }
  }

  return {
    async publish(event) {
      const prepared = prepareEvent(event, options);
      if (isClosed) throw new PublishError("closed", "The publisher has been closed");
      if (slots.isFull) {
        throw new PublishError("too-many-waiting", `${MAX_WAITING} events wait already`);
      }
      const task = slots.run(() => publishInTime(prepared));
      underWay.add(task);
      return task.finally(() => underWay.delete(task));
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await Promise.allSettled(underWay);
    },
  };
}

/** Waits, but not longer than until the connection is back. */
async function pauseOrUp(state: ConnectionState, pauseMs: number): Promise<void> {
  const race = new AbortController();
  const pause = after(pauseMs, undefined, { signal: race.signal }).catch(() => undefined);
  await state.untilUp(pause);
  race.abort();
}

function published({ sequence, duplicate }: { sequence: number; duplicate: boolean }): Published {
  return { kind: duplicate ? "duplicate" : "published", sequence };
}

function away(cause: unknown): PublishError {
  return new PublishError("broker-unavailable", "The broker gave no acknowledgement in time", {
    cause,
  });
}

function notPermitted(cause: unknown): PublishError {
  return new PublishError("not-permitted", "The broker does not let this user publish", { cause });
}
