import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toLetters } from "#schemas/letters";
import { policySubject } from "#schemas/subject";
import {
  afterRecord,
  fromCheckpoint,
  toCheckpoint,
} from "#subscription-service/domain/fan-out-state";
import { validateCheckpoint } from "#subscription-service/domain/fan-out-record";
import {
  ALIASES,
  asLog,
  change,
  CONSUMERS,
  PATIENT_IDS,
  type Statement,
} from "../support/policy-messages.ts";
import { sourceEvent } from "../support/source-events.ts";
import { FanOutRun, policyOf } from "./fan-out-run.ts";

const [ALIAS = ""] = ALIASES;
const [PATIENT = ""] = PATIENT_IDS;
const [CONSUMER] = CONSUMERS;
const SINCE = { from: "2026-01-01T00:00:00Z" };

function idOf(number: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, number);
  return toLetters(bytes);
}

function subscriptionOf(number: number, state = "active"): Statement[] {
  const id = idOf(number);
  const delivery = { way: "feed" };
  return [
    {
      subject: policySubject("subscription", id),
      value: { consumer: CONSUMER, topics: ["measurement"], delivery, state, change },
    },
    { subject: policySubject("roster", id, "0"), value: { patients: [PATIENT], change } },
  ];
}

/** One patient of whom so many subscriptions may be told. */
function popular(count: number): Statement[] {
  return [
    { subject: policySubject("alias", ALIAS), value: { sealedPatient: PATIENT } },
    {
      subject: policySubject("agreement", CONSUMER),
      value: {
        consumer: CONSUMER,
        topics: [{ topic: "measurement", accepts: ["register"] }],
        legalBasis: "avtale",
        validity: SINCE,
        state: "active",
        change,
      },
    },
    {
      subject: policySubject("relationship", CONSUMER, "r1"),
      value: {
        consumer: CONSUMER,
        patient: PATIENT,
        class: "register",
        validity: SINCE,
        reference: "liste",
        state: "active",
        change,
      },
    },
    ...Array.from({ length: count }, (_, number) => subscriptionOf(number)).flat(),
  ];
}

const event = sourceEvent({ subject: ALIAS });

test("more recipients than a commit holds are each told once, in slices of any size", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (limits) => {
      const run = new FanOutRun(policyOf(popular(100)));
      const events = [1, 2, 3].map((sequence) => ({ sequence, event }));
      for (let step = 0; run.state.cursor.event < 3; step += 1)
        run.step(events, limits[step % limits.length] ?? 1);
      const given = run.notifications.map(
        ({ subscription, stored }) => `${subscription} ${stored.number}`,
      );
      expect(given).toHaveLength(300);
      expect(new Set(given).size).toBe(300);
      expect([...run.state.numbers.values()]).toEqual(Array.from({ length: 100 }, () => 3));
    }),
    { numRuns: 30 },
  );
});

test("2,500 recipients take three commits, and the cursor says how far each got", () => {
  const run = new FanOutRun(policyOf(popular(2500)));
  run.drain([{ sequence: 7, event }], { limit: 999, seen: 1 });
  expect(run.records.map(({ cursor }) => cursor)).toEqual([
    { event: 6, after: idOf(998) },
    { event: 6, after: idOf(1997) },
    { event: 7 },
  ]);
  expect(run.records.map(({ decisions }) => decisions.length)).toEqual([999, 999, 502]);
});

test("exactly as many recipients as fit leave nothing for a next commit", () => {
  const run = new FanOutRun(policyOf(popular(10)));
  expect(
    run.step(
      [
        { sequence: 1, event },
        { sequence: 2, event },
      ],
      10,
    ).record.cursor,
  ).toEqual({ event: 1 });
  expect(run.step([{ sequence: 2, event }], 10).record.cursor).toEqual({ event: 2 });
});

test("a subscription made or ended between two slices is decided on once, as it then stands", () => {
  const said = popular(10);
  const run = new FanOutRun(policyOf(said));
  run.step([{ sequence: 1, event }], 5);
  const later = [
    ...subscriptionOf(3, "ended"),
    ...subscriptionOf(7, "ended"),
    ...subscriptionOf(20),
  ];
  for (const message of asLog([...said, ...later]).slice(said.length)) run.policy.apply(message);
  run.drain([{ sequence: 1, event }], { limit: 5, seen: 1 });
  const decisions = run.records.flatMap((record) => record.decisions);
  expect(decisions.map(({ subscription }) => subscription)).toEqual(
    [...Array(10).keys(), 20].map(idOf),
  );
  const refused = decisions.filter(({ effect }) => effect === "deny");
  expect(refused).toMatchObject([{ subscription: idOf(7), reason: "subscription-inactive" }]);
});

test("when the event of a slice is gone from the log, the next event is told to all", () => {
  const run = new FanOutRun(policyOf(popular(10)));
  run.step([{ sequence: 1, event }], 5);
  run.drain([{ sequence: 2, event }], { limit: 5, seen: 1 });
  const ofSecond = run.records
    .flatMap(({ decisions }) => decisions)
    .filter((one) => one.event === 2);
  expect(ofSecond).toHaveLength(10);
});

test("a state survives its checkpoint, in the middle of a slice too", () => {
  const run = new FanOutRun(policyOf(popular(10)));
  run.step([{ sequence: 1, event }], 5);
  const kept: unknown = JSON.parse(JSON.stringify(toCheckpoint(run.state)));
  const judged = validateCheckpoint(kept);
  if (!judged.valid) throw new Error(JSON.stringify(judged.faults));
  expect(fromCheckpoint(judged.value)).toEqual(run.state);
  const restored = new FanOutRun(run.policy);
  restored.state = fromCheckpoint(judged.value);
  const next = restored.step([{ sequence: 1, event }], 5);
  expect(next).toEqual(run.step([{ sequence: 1, event }], 5));
  expect(afterRecord(restored.state, next.record, 2).cursor).toEqual({ event: 1 });
});

test("subscriptions are taken in the order of their ids", () => {
  const said = [...popular(0), ...[300, 2, 41, 7].flatMap((number) => subscriptionOf(number))];
  const run = new FanOutRun(policyOf(said));
  run.drain([{ sequence: 1, event }], { limit: 1, seen: 1 });
  expect(run.notifications.map(({ subscription }) => subscription)).toEqual(
    [2, 7, 41, 300].map(idOf),
  );
});
