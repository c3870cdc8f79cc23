import { createHash } from "node:crypto";
import { PolicyIndex } from "#decision/policy-index";
import type { FanOutRecord } from "#subscription-service/domain/fan-out-record";
import {
  afterRecord,
  type FanOutState,
  initialState,
} from "#subscription-service/domain/fan-out-state";
import {
  type FanOutPlan,
  type IncomingEvent,
  planFanOut,
} from "#subscription-service/domain/plan-fan-out";
import { asLog, NOW, type Statement } from "../support/policy-messages.ts";

export const ORIGINS = { events: "2026-01-01T00:00:00Z", policy: "2026-01-01T00:00:01Z" };

export function policyOf(said: readonly Statement[]): PolicyIndex {
  const index = new PolicyIndex({ openPatient: (_alias, sealed) => sealed });
  for (const message of asLog(said)) index.apply(message);
  return index;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A writer without a log: steps through events as the real one does, and keeps what it planned. */
export class FanOutRun {
  state: FanOutState = initialState(ORIGINS);
  readonly records: FanOutRecord[] = [];
  readonly notifications: FanOutPlan["notifications"][number][] = [];
  readonly policy: PolicyIndex;
  now = NOW;

  constructor(policy: PolicyIndex) {
    this.policy = policy;
  }

  step(incoming: readonly IncomingEvent[], limit: number): FanOutPlan {
    const plan = planFanOut(this.state, incoming, {
      policy: this.policy,
      now: this.now,
      hash: sha256,
      limit,
    });
    this.records.push(plan.record);
    this.notifications.push(...plan.notifications);
    this.state = afterRecord(this.state, plan.record, this.records.length);
    return plan;
  }

  /** Steps until the last event is done; each step sees at most so many events. */
  drain(
    incoming: readonly IncomingEvent[],
    { limit, seen }: { limit: number; seen: number },
  ): void {
    const last = incoming.at(-1)?.sequence ?? 0;
    while (this.state.cursor.event < last) {
      const waiting = incoming.filter(({ sequence }) => sequence > this.state.cursor.event);
      this.step(waiting.slice(0, seen), limit);
    }
  }
}
