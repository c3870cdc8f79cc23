import * as fc from "fast-check";
import type { PolicyMessage } from "#decision/policy-index";
import type {
  Agreement,
  Block,
  CareRelationship,
  RosterPage,
  Subscription,
} from "#decision/policy-objects";
import { policySubject } from "#schemas/subject";

/** Policy as few parties, patients and subscriptions as make them meet. */
export const CONSUMERS = ["314567048", "215678040"] as const;
export const PATIENT_IDS = ["a", "b", "c"].map((letter) => letter.repeat(32));
export const SUBSCRIPTION_IDS = ["e", "f", "g"].map((letter) => letter.repeat(32));
export const ALIASES = ["k", "l", "m"].map((letter) => letter.repeat(32));

/** Times around {@link NOW}, so that a validity may be past, present or to come. */
export const NOW = Date.parse("2026-11-22T12:00:00Z");
const TIMES = ["2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"];

export const change = { by: "312345013", client: "test", at: "2026-01-01T00:00:00Z" };

/** One thing that policy says, without its place in the log. */
export type Statement = Omit<PolicyMessage, "sequence">;

const consumer = fc.constantFrom(...CONSUMERS);
const patient = fc.constantFrom(...PATIENT_IDS);
const subscriptionId = fc.constantFrom(...SUBSCRIPTION_IDS);
const topic = fc.constantFrom("measurement" as const, "plan" as const);
const relationshipClass = fc.constantFrom("source-recorded" as const, "asserted" as const);
const mostly = <const T>(usual: T, other: T): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constant(other) },
  );

const validity = fc
  .record({
    from: fc.constantFrom(...TIMES),
    to: fc.option(fc.constantFrom(...TIMES), { nil: undefined }),
  })
  .map(({ from, to }) => ({ from, ...(to !== undefined && { to }) }));

export const agreement: fc.Arbitrary<Agreement> = fc.record({
  consumer,
  topics: fc.uniqueArray(
    fc.record({ topic, accepts: fc.uniqueArray(relationshipClass, { minLength: 1 }) }),
    { minLength: 1, maxLength: 2, selector: (agreed) => agreed.topic },
  ),
  legalBasis: fc.constant("avtale"),
  validity,
  state: mostly("active", "ended"),
  change: fc.constant(change),
});

export const block: fc.Arbitrary<Block> = fc
  .record({
    patient,
    scope: fc.oneof(
      fc.constant({ kind: "everyone" as const }),
      consumer.map((organisation) => ({ kind: "organisation" as const, organisation })),
    ),
    topic: fc.option(topic, { nil: undefined }),
    state: mostly("set", "lifted"),
    change: fc.constant(change),
  })
  .map(({ topic: only, ...rest }) => ({ ...rest, ...(only !== undefined && { topic: only }) }));

export const relationship: fc.Arbitrary<CareRelationship> = fc.record({
  consumer,
  patient,
  class: relationshipClass,
  validity,
  reference: fc.constant("henvisning"),
  state: mostly("active", "ended"),
  change: fc.constant(change),
});

export const subscription: fc.Arbitrary<Subscription> = fc
  .record({
    consumer,
    topics: fc.uniqueArray(topic, { minLength: 1 }),
    kinds: fc.option(fc.constant<string[]>(["glucose", "weight"]), { nil: undefined }),
    delivery: fc.constant({ way: "feed" as const }),
    state: fc.oneof(
      { weight: 5, arbitrary: fc.constant("active" as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("pending" as const, "paused" as const, "ended" as const),
      },
    ),
    change: fc.constant(change),
  })
  .map(({ kinds, ...rest }) => ({ ...rest, ...(kinds !== undefined && { kinds }) }));

const basis = fc.record({ class: relationshipClass, validity, reference: fc.constant("liste") });

const rosterPage: fc.Arbitrary<RosterPage> = fc
  .record({
    patients: fc.uniqueArray(patient),
    basis: fc.option(basis, { nil: undefined }),
    change: fc.constant(change),
  })
  .map(({ basis: ground, ...rest }) => ({
    ...rest,
    ...(ground !== undefined && { basis: ground }),
  }));

const aliasStatement = fc
  .tuple(fc.constantFrom(...ALIASES), patient)
  .map(([alias, whose]): Statement => ({
    subject: policySubject("alias", alias),
    value: { sealedPatient: whose },
  }));

/** Whole policies, in any order: each object may be said several times over. */
export const statements: fc.Arbitrary<Statement[]> = fc.array(
  fc.oneof(
    aliasStatement,
    agreement.map((value) => ({ subject: policySubject("agreement", value.consumer), value })),
    fc.tuple(fc.constantFrom("r1", "r2", "r3"), relationship).map(([id, value]) => ({
      subject: policySubject("relationship", value.consumer, id),
      value,
    })),
    fc
      .tuple(fc.constantFrom("b1", "b2"), block)
      .map(([id, value]) => ({ subject: policySubject("block", id), value })),
    fc
      .tuple(subscriptionId, subscription)
      .map(([id, value]) => ({ subject: policySubject("subscription", id), value })),
    fc
      .tuple(subscriptionId, rosterPage)
      .map(([id, value]) => ({ subject: policySubject("roster", id, "0"), value })),
  ),
  { maxLength: 40 },
);

/** A policy by which all are told of all, but for what is said after it. */
export const ALL_PERMITTED: readonly Statement[] = [
  ...ALIASES.map((alias, index) => ({
    subject: policySubject("alias", alias),
    value: { sealedPatient: PATIENT_IDS[index] },
  })),
  ...CONSUMERS.flatMap((holder) => [
    {
      subject: policySubject("agreement", holder),
      value: {
        consumer: holder,
        topics: ["measurement", "plan"].map((each) => ({ topic: each, accepts: ["asserted"] })),
        legalBasis: "avtale",
        validity: { from: TIMES[0] },
        state: "active",
        change,
      },
    },
  ]),
  ...SUBSCRIPTION_IDS.flatMap((id, index) => [
    {
      subject: policySubject("subscription", id),
      value: {
        consumer: CONSUMERS[index % CONSUMERS.length],
        topics: ["measurement", "plan"],
        delivery: { way: "feed" },
        state: "active",
        change,
      },
    },
    {
      subject: policySubject("roster", id, "0"),
      value: {
        patients: PATIENT_IDS,
        basis: { class: "asserted", validity: { from: TIMES[0] }, reference: "liste" },
        change,
      },
    },
  ]),
];

/** The statements as the log's messages. */
export function asLog(said: readonly Statement[]): PolicyMessage[] {
  return said.map((statement, index) => ({ ...statement, sequence: index + 1 }));
}
