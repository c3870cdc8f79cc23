import { createHash } from "node:crypto";
import {
  type BatchMessage,
  type BatchOutcome,
  MAX_BATCH_MESSAGES,
  type StagedBatch,
  stageBatch,
} from "#broker/log/atomic-batch";
import { notificationSubject } from "#schemas/subject";
import type { PolicyIndex } from "#decision/policy-index";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  afterRecord,
  ahead,
  type FanOutState,
  type PlanningState,
} from "../domain/fan-out-state.ts";
import type { FanOutRecord } from "../domain/fan-out-record.ts";
import { type FanOutPlan, planFanOut } from "../domain/plan-fan-out.ts";
import type { EventQueue } from "./event-queue.ts";
import { RECORD_SUBJECT, type RecordLog, StreamsReplaced } from "./record-log.ts";

/** Decisions per commit: with the record they fit in one batch and its message size. */
const MAX_DECISIONS = MAX_BATCH_MESSAGES - 1;

/** Records between two checkpoints: what a successor has to read at most. */
const CHECKPOINT_EVERY = 500;

/** A quiet writer keeps its state this long after its last record, well before records expire. */
const CHECKPOINT_WHEN_IDLE_MS = 5000;

/** Between two tries while the broker is away or refuses. */
const RETRY_MS = 250;

export type WriterOptions = {
  readonly connection: NatsConnection;
  readonly policy: PolicyIndex;
  readonly records: RecordLog;
  readonly openQueue: (from: number, onArrival: () => void) => Promise<EventQueue>;
  readonly now: () => number;
  /** False when policy can no longer be read to its end: then nothing is decided any more. */
  readonly mayDecide: () => boolean;
  /** The writer can no longer go on; it has stopped. */
  readonly onFailure: (error: unknown) => void;
  /** An event was skipped; or a commit was refused or its outcome is unknown, and is tried again. */
  readonly onSetback: (setback: { kind: string; detail?: string }) => void;
};

/** A step that is sent but not yet committed. */
type Step = { readonly batch: StagedBatch; readonly record: FanOutRecord };

const encoder = new TextEncoder();

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The writer of one tenant (docs/architecture.md, The commit): takes events from its cursor, has them decided, and
 * commits notifications and record as one compare-and-set. A crash leaves all of a step or nothing.
 */
export class Writer implements AsyncDisposable {
  readonly #options: WriterOptions;
  #state: FanOutState;
  #queue: EventQueue | undefined;
  #work = Promise.withResolvers<void>();
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #recordsSinceCheckpoint = 0;
  readonly #watermarks = new Set<{ revision: number; settle: (committed: boolean) => void }>();

  private constructor(options: WriterOptions, state: FanOutState) {
    this.#options = options;
    this.#state = state;
  }

  static async start(options: WriterOptions): Promise<Writer> {
    const writer = new Writer(options, await options.records.load());
    writer.#queue = await options.openQueue(writer.#state.cursor.event + 1, () => writer.wake());
    writer.#running = writer.#run(writer.#queue);
    return writer;
  }

  /** Says that there may be work: an event has arrived, or policy has changed. */
  wake(): void {
    this.#work.resolve();
  }

  /** The last number given in a subscription; 0 before the first. */
  lastNumber(subscription: string): number {
    return this.#state.numbers.get(subscription) ?? 0;
  }

  /**
   * Waits until a record is committed under this policy revision or a later one: from then on no
   * decision made under older policy can be committed. False when the time is up or the writer stopped.
   */
  async watermark(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.#state.policyRev >= revision) return true;
    if (this.#stopped) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { revision, settle: resolve };
    const timer = setTimeout(() => resolve(false), timeoutMs);
    this.#watermarks.add(waiter);
    this.wake();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#watermarks.delete(waiter);
    });
  }

  async #run(queue: EventQueue): Promise<void> {
    try {
      while (!this.#stopped) {
        if (this.#isIdle(queue)) await this.#nextWork();
        else await this.#write(queue);
      }
    } catch (error) {
      this.#stopped = true;
      this.#options.onFailure(error);
    } finally {
      for (const { settle } of this.#watermarks) settle(false);
    }
  }

  #isIdle(queue: EventQueue): boolean {
    const { policy, mayDecide } = this.#options;
    // A record of another writer may rest on newer policy: what was revoked there stays revoked.
    if (policy.revision < this.#state.policyRev || !mayDecide()) return true;
    return queue.waiting.length === 0 && policy.revision === this.#state.policyRev;
  }

  async #nextWork(): Promise<void> {
    const timer = setTimeout(() => void this.#checkpoint(), CHECKPOINT_WHEN_IDLE_MS);
    await this.#work.promise;
    clearTimeout(timer);
    this.#work = Promise.withResolvers<void>();
  }

  /** Commits step after step; the next one is planned and sent ahead while one is being stored. */
  async #write(queue: EventQueue): Promise<void> {
    let step: Step | undefined = this.#stage(queue, this.#state);
    while (step !== undefined) {
      const storing = step.batch.commit(this.#state.recordSequence);
      storing.catch(() => undefined); // should planning ahead throw, nobody else would look at it
      const next: Step | undefined = this.#stageAhead(queue, step);
      const outcome = await storing;
      if (outcome.kind !== "committed") return this.#recover(outcome, queue);
      this.#tellSkipped(step.record);
      this.#advance(afterRecord(this.#state, step.record, outcome.sequence), queue);
      await this.#checkpointWhenDue();
      step = next;
    }
  }

  /** Somebody must look at it: an event in the log that nobody will hear of. */
  #tellSkipped({ skipped }: FanOutRecord): void {
    for (const { event, reason } of skipped)
      this.#options.onSetback({ kind: "event-skipped", detail: `${event} ${reason}` });
  }

  #stage(queue: EventQueue, state: PlanningState): Step {
    const { connection, policy, now } = this.#options;
    const context = { policy, now: now(), hash: sha256, limit: MAX_DECISIONS };
    const plan = planFanOut(state, queue.waiting, context);
    const batch = stageBatch(connection, messagesOf(plan));
    return { batch, record: plan.record };
  }

  /** Only when there is more to do than the step takes: a short queue is not made to wait. */
  #stageAhead(queue: EventQueue, { record }: Step): Step | undefined {
    // From the state as it is, each time: a chain of states ahead would grow with every step.
    const state = ahead(this.#state, record);
    const newest = queue.waiting.at(-1);
    if (this.#stopped || newest === undefined || newest.sequence <= state.cursor.event)
      return undefined;
    return this.#options.mayDecide() ? this.#stage(queue, state) : undefined;
  }

  async #recover(
    outcome: Exclude<BatchOutcome, { kind: "committed" }>,
    queue: EventQueue,
  ): Promise<void> {
    const detail =
      outcome.kind === "refused" ? { detail: `${outcome.code} ${outcome.description}` } : {};
    this.#options.onSetback({ kind: outcome.kind, ...detail });
    if (outcome.kind !== "lost-race") await this.#pause();
    await this.#reload(queue);
  }

  #advance(state: FanOutState, queue: EventQueue): void {
    this.#state = state;
    queue.release(state.cursor.event);
    for (const { revision, settle } of this.#watermarks)
      if (revision <= state.policyRev) settle(true);
  }

  /** Reads what is committed, by us unknowingly or by another writer, and goes on from there. */
  async #reload(queue: EventQueue): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#advance(await this.#options.records.catchUp(this.#state), queue);
        return;
      } catch (error) {
        if (error instanceof StreamsReplaced) throw error;
        this.#options.onSetback({ kind: "records-unreadable" });
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  async #checkpointWhenDue(): Promise<void> {
    this.#recordsSinceCheckpoint += 1;
    if (this.#recordsSinceCheckpoint >= CHECKPOINT_EVERY) await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    if (this.#recordsSinceCheckpoint === 0) return;
    this.#recordsSinceCheckpoint = 0;
    await this.#options.records
      .keep(this.#state)
      .catch(() => this.#options.onSetback({ kind: "checkpoint-failed" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    await this.#queue?.[Symbol.asyncDispose]();
  }
}

/** The batch of one step: the notifications, and last the record, which only the next in line commits. */
function messagesOf({ notifications, record }: FanOutPlan): BatchMessage[] {
  const messages: BatchMessage[] = notifications.map(({ subscription, stored }) => ({
    subject: notificationSubject(subscription),
    data: encoder.encode(JSON.stringify(stored)),
  }));
  messages.push({ subject: RECORD_SUBJECT, data: encoder.encode(JSON.stringify(record)) });
  return messages;
}
