import type { PolicyIndex } from "#decision/policy-index";
import { decide } from "#decision/decide";
import type { Subscription } from "#decision/policy-objects";
import { topicOf, type TopicName } from "#schemas/event-types";
import type { SourceEvent } from "#schemas/source-event";
import type { FanOutCursor, FanOutDecision, FanOutRecord, SkippedEvent } from "./fan-out-record.ts";
import type { PlanningState } from "./fan-out-state.ts";
import type { StoredNotification } from "./stored-notification.ts";

/** An event of the log as the writer takes it: readable, or named as not. */
export type IncomingEvent =
  | { readonly sequence: number; readonly event: SourceEvent }
  | { readonly sequence: number; readonly skip: SkippedEvent["reason"] };

export type FanOutContext = {
  readonly policy: Pick<
    PolicyIndex,
    "revision" | "patientOf" | "subscription" | "rosters" | "facts"
  >;
  readonly now: number;
  /** Hex hash of a text, for the chain of accounts. */
  readonly hash: (text: string) => string;
  /** Notifications at most, so that batch and record fit into one commit. */
  readonly limit: number;
};

export type FanOutPlan = {
  readonly notifications: readonly {
    readonly subscription: string;
    readonly stored: StoredNotification;
  }[];
  readonly record: FanOutRecord;
};

type Draft = {
  cursor: FanOutCursor;
  readonly notifications: { subscription: string; stored: StoredNotification }[];
  readonly decisions: FanOutDecision[];
  readonly skipped: SkippedEvent[];
  readonly numbers: Map<string, number>;
};

/**
 * One step of fan-out, from a state and the events after it: match, decide, number (docs/architecture.md, The commit).
 * Takes as many events as fit; an event with more recipients than a batch holds is taken in slices.
 */
export function planFanOut(
  state: PlanningState,
  incoming: readonly IncomingEvent[],
  context: FanOutContext,
): FanOutPlan {
  const draft: Draft = {
    cursor: state.cursor,
    notifications: [],
    decisions: [],
    skipped: [],
    numbers: new Map(),
  };
  for (const item of incoming) {
    if (item.sequence <= state.cursor.event) continue;
    if (!takeEvent(draft, item, { state, context })) break;
  }
  return { notifications: draft.notifications, record: toRecord(draft, state, context) };
}

type Step = { readonly state: PlanningState; readonly context: FanOutContext };

/** False when the batch became full inside the event. */
function takeEvent(draft: Draft, item: IncomingEvent, step: Step): boolean {
  if ("skip" in item) {
    draft.skipped.push({ event: item.sequence, reason: item.skip });
  } else {
    for (const [id, subscription] of candidates(item.event, step.context, reached(draft, item))) {
      if (draft.decisions.length >= step.context.limit) return false;
      takeCandidate(draft, { item, id, subscription }, step);
      draft.cursor = { event: item.sequence - 1, after: id };
    }
  }
  draft.cursor = { event: item.sequence };
  return true;
}

/** The subscription up to which this very event is done; another event's slice says nothing of it. */
function reached({ cursor }: Draft, { sequence }: IncomingEvent): string | undefined {
  return cursor.event === sequence - 1 ? cursor.after : undefined;
}

/** The subscriptions that ask for the event, in the order of their ids, from where we are. */
function candidates(
  event: SourceEvent,
  { policy }: FanOutContext,
  after: string | undefined,
): [string, Subscription][] {
  const patient = policy.patientOf(event.subject);
  const topic = topicOf(event.type);
  if (patient === undefined || topic === undefined) return [];
  const found: [string, Subscription][] = [];
  for (const id of policy.rosters.subscriptionsOf(patient)) {
    const subscription = policy.subscription(id);
    if (subscription === undefined || (after !== undefined && id <= after)) continue;
    if (asksFor(subscription, topic, event.kind)) found.push([id, subscription]);
  }
  return found.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function asksFor(subscription: Subscription, topic: TopicName, kind: string | undefined): boolean {
  return (
    subscription.topics.includes(topic) &&
    (subscription.kinds === undefined || kind === undefined || subscription.kinds.includes(kind))
  );
}

type Candidate = {
  readonly item: { readonly sequence: number; readonly event: SourceEvent };
  readonly id: string;
  readonly subscription: Subscription;
};

function takeCandidate(
  draft: Draft,
  { item, id, subscription }: Candidate,
  { state, context }: Step,
): void {
  const { policy, now } = context;
  const patient = policy.patientOf(item.event.subject);
  const topic = topicOf(item.event.type);
  if (patient === undefined || topic === undefined) return;
  const { consumer } = subscription;
  const facts = { ...policy.facts(patient, consumer, id), current: true };
  const verdict = decide({ action: "notify", consumer, topic }, facts, now);
  const about = { event: item.sequence, subscription: id, consumer };
  if (verdict.effect === "permit") {
    const number = (draft.numbers.get(id) ?? state.numbers.get(id) ?? 0) + 1;
    draft.numbers.set(id, number);
    draft.notifications.push({
      subscription: id,
      stored: { number, patient, event: withoutSubject(item.event) },
    });
    draft.decisions.push({
      ...about,
      effect: "permit",
      number,
      relationship: verdict.relationship,
    });
  } else if (verdict.effect === "deny") {
    draft.decisions.push({ ...about, effect: "deny", reason: verdict.reason });
  }
}

function withoutSubject(event: SourceEvent): StoredNotification["event"] {
  const { id, source, type, time, recordedtime, dataref, dataversion } = event;
  return { id, source, type, time, recordedtime, dataref, dataversion };
}

function toRecord(
  draft: Draft,
  state: PlanningState,
  { policy, now, hash }: FanOutContext,
): FanOutRecord {
  const at = new Date(now).toISOString();
  const { cursor, decisions, skipped } = draft;
  const account = JSON.stringify([state.auditHead, at, policy.revision, decisions, skipped]);
  return {
    cursor,
    policyRev: policy.revision,
    numbers: Object.fromEntries(draft.numbers),
    decisions,
    skipped,
    auditHead: hash(account),
    origins: state.origins,
    at,
  };
}
