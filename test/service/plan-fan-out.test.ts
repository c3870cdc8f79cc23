import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "#decision/decide";
import type { PolicyIndex } from "#decision/policy-index";
import { EVENT_TYPES, topicOf } from "#schemas/event-types";
import { validateFanOutRecord } from "#subscription-service/domain/fan-out-record";
import { ahead } from "#subscription-service/domain/fan-out-state";
import { type IncomingEvent, planFanOut } from "#subscription-service/domain/plan-fan-out";
import { validateStoredNotification } from "#subscription-service/domain/stored-notification";
import {
  ALIASES,
  ALL_PERMITTED,
  asLog,
  NOW,
  statements,
  SUBSCRIPTION_IDS,
} from "../support/policy-messages.ts";
import { sourceEvent } from "../support/source-events.ts";
import { FanOutRun, ORIGINS, policyOf, sha256 } from "./fan-out-run.ts";

const anyEvent = fc
  .record({
    subject: fc.constantFrom(...ALIASES),
    type: fc.constantFrom(...EVENT_TYPES),
    kind: fc.constantFrom(undefined, "glucose", "treatment-plan"),
  })
  .map(({ kind, ...rest }) => sourceEvent({ ...rest, ...(kind !== undefined && { kind }) }));

/** Events of the few persons that policy knows, with holes in their sequences, some unreadable. */
const incoming: fc.Arbitrary<IncomingEvent[]> = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.option(anyEvent, { freq: 8, nil: undefined })),
    {
      maxLength: 12,
    },
  )
  .map((taken) => {
    let sequence = 0;
    return taken.map(([gap, made]): IncomingEvent => {
      sequence += gap;
      return made === undefined ? { sequence, skip: "unreadable" } : { sequence, event: made };
    });
  });

/** Everything permitted, and then some things said against it. */
const anyPolicy = statements.map((said) => [...ALL_PERMITTED, ...said.slice(0, 12)]);

type Told = { event: number; subscription: string; outcome: string };

/** Who is to be told of what, by the plainest reading of the rules. */
function model(events: readonly IncomingEvent[], policy: PolicyIndex): Told[] {
  return events.flatMap((item) =>
    "skip" in item
      ? []
      : SUBSCRIPTION_IDS.flatMap((id) => {
          const outcome = outcomeFor(item.event, id, policy);
          return outcome === undefined ? [] : [{ event: item.sequence, subscription: id, outcome }];
        }),
  );
}

type Readable = Extract<IncomingEvent, { event: unknown }>["event"];

function outcomeFor(
  { subject, type, kind }: Readable,
  id: string,
  policy: PolicyIndex,
): string | undefined {
  const patient = policy.patientOf(subject);
  const asked = policy.subscription(id);
  const topic = topicOf(type);
  if (patient === undefined || asked === undefined || topic === undefined) return undefined;
  const onRoster = [...policy.rosters.patients(id)].includes(patient);
  const wanted = kind === undefined || asked.kinds === undefined || asked.kinds.includes(kind);
  if (!onRoster || !asked.topics.includes(topic) || !wanted) return undefined;
  const facts = { ...policy.facts(patient, asked.consumer, id), current: true };
  const verdict = decide({ action: "notify", consumer: asked.consumer, topic }, facts, NOW);
  return verdict.effect === "permit" ? "permit" : verdict.reason;
}

function told(run: FanOutRun): Told[] {
  return run.records.flatMap(({ decisions }) =>
    decisions.map((decision) => ({
      event: decision.event,
      subscription: decision.subscription,
      outcome: decision.effect === "permit" ? "permit" : decision.reason,
    })),
  );
}

const how = fc.record({
  limit: fc.integer({ min: 1, max: 4 }),
  seen: fc.integer({ min: 1, max: 6 }),
});

test("tells and refuses whom the rules say, however the work is cut up", () => {
  let permits = 0;
  fc.assert(
    fc.property(anyPolicy, incoming, how, (said, events, cut) => {
      const run = new FanOutRun(policyOf(said));
      run.drain(events, cut);
      expect(told(run)).toEqual(model(events, run.policy));
      permits += run.notifications.length;
      expect(run.records.flatMap(({ skipped }) => skipped)).toEqual(
        events.flatMap((item) =>
          "skip" in item ? [{ event: item.sequence, reason: item.skip }] : [],
        ),
      );
    }),
    { numRuns: 300 },
  );
  expect(permits).toBeGreaterThan(1000);
});

/** What must hold of any run, also one during which policy changed. */
function assertSound(run: FanOutRun): void {
  const pairs = told(run).map(({ event, subscription }) => `${event} ${subscription}`);
  expect(new Set(pairs).size).toBe(pairs.length);
  for (const id of SUBSCRIPTION_IDS) {
    const numbers = run.notifications
      .filter(({ subscription }) => subscription === id)
      .map(({ stored }) => stored.number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    expect(run.state.numbers.get(id) ?? 0).toBe(numbers.length);
  }
  let head = "";
  for (const { at, policyRev, decisions, skipped, auditHead, origins } of run.records) {
    head = sha256(JSON.stringify([head, at, policyRev, decisions, skipped]));
    expect(auditHead).toBe(head);
    expect(origins).toEqual(ORIGINS);
  }
}

test("numbers without holes and an unbroken account, also while policy changes between any two steps", () => {
  fc.assert(
    fc.property(statements, incoming, how, (later, events, cut) => {
      const run = new FanOutRun(policyOf(ALL_PERMITTED));
      const changes = asLog([...ALL_PERMITTED, ...later])
        .slice(ALL_PERMITTED.length)
        .values();
      const last = events.at(-1)?.sequence ?? 0;
      while (run.state.cursor.event < last) {
        const waiting = events.filter(({ sequence }) => sequence > run.state.cursor.event);
        const { record, notifications } = run.step(waiting.slice(0, cut.seen), cut.limit);
        expect(record.decisions.length).toBeLessThanOrEqual(cut.limit);
        expect(record.policyRev).toBe(run.policy.revision);
        expect(validateFanOutRecord(JSON.parse(JSON.stringify(record)))).toMatchObject({
          valid: true,
        });
        for (const { stored } of notifications)
          expect(validateStoredNotification(JSON.parse(JSON.stringify(stored)))).toMatchObject({
            valid: true,
          });
        const change = changes.next();
        if (change.done !== true) run.policy.apply(change.value);
      }
      assertSound(run);
    }),
    { numRuns: 300 },
  );
});

test("the next step may be planned before the one under way is committed, and is the same", () => {
  fc.assert(
    fc.property(anyPolicy, incoming, how, (said, events, { limit }) => {
      const run = new FanOutRun(policyOf(said));
      const context = { policy: run.policy, now: NOW, hash: sha256, limit };
      const { record } = planFanOut(run.state, events, context);
      const early = planFanOut(ahead(run.state, record), events, context);
      run.step(events, limit);
      expect(early).toEqual(planFanOut(run.state, events, context));
    }),
  );
});

test("with nothing to tell there is still a record, under the policy that stands", () => {
  const run = new FanOutRun(policyOf([]));
  expect(run.step([], 10).record).toEqual({
    cursor: { event: 0 },
    policyRev: 0,
    numbers: {},
    decisions: [],
    skipped: [],
    auditHead: sha256(JSON.stringify(["", "2026-11-22T12:00:00.000Z", 0, [], []])),
    origins: ORIGINS,
    at: "2026-11-22T12:00:00.000Z",
  });
});

test("events that are done already are passed over", () => {
  const run = new FanOutRun(policyOf([]));
  const events: IncomingEvent[] = [1, 2, 3].map((sequence) => ({ sequence, skip: "unreadable" }));
  run.step(events, 10);
  expect(run.step(events, 10).record).toMatchObject({ cursor: { event: 3 }, skipped: [] });
});
