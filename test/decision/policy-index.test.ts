import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PolicyIndex, type PolicyMessage, UnreadablePolicy } from "#decision/policy-index";
import type {
  Agreement,
  Block,
  CareRelationship,
  RosterPage,
  Subscription,
} from "#decision/policy-objects";
import { policySubject } from "#schemas/subject";
import {
  ALIASES,
  asLog,
  change,
  CONSUMERS,
  PATIENT_IDS,
  type Statement,
  statements,
  SUBSCRIPTION_IDS,
} from "../support/policy-messages.ts";

function newIndex(): PolicyIndex {
  return new PolicyIndex({ openPatient: (_alias, sealed) => sealed });
}

function indexOf(log: readonly PolicyMessage[]): PolicyIndex {
  const index = newIndex();
  for (const message of log) index.apply(message);
  return index;
}

/** All that can be asked of an index, with what has no order put in one. */
function tellAll(index: PolicyIndex): unknown {
  return {
    revision: index.revision,
    patients: ALIASES.map((alias) => index.patientOf(alias)),
    agreements: CONSUMERS.map((consumer) => index.agreement(consumer)),
    subscriptions: SUBSCRIPTION_IDS.map((id) => index.subscription(id)),
    rosters: SUBSCRIPTION_IDS.map((id) => [...index.rosters.patients(id)].toSorted()),
    facts: PATIENT_IDS.flatMap((patient) =>
      CONSUMERS.flatMap((consumer) =>
        SUBSCRIPTION_IDS.map((id) => {
          const { blocks, relationships, ...rest } = index.facts(patient, consumer, id);
          return {
            ...rest,
            blocks: blocks.map((block) => JSON.stringify(block)).toSorted(),
            relationships: [...relationships].toSorted(([a], [b]) => (a < b ? -1 : 1)),
          };
        }),
      ),
    ),
  };
}

describe("applying", () => {
  test("the same messages again, from any place on, changes nothing", () => {
    fc.assert(
      fc.property(statements, fc.nat(), (said, place) => {
        const log = asLog(said);
        const index = indexOf(log);
        const before = tellAll(index);
        for (const message of log.slice(place % (log.length + 1))) index.apply(message);
        expect(tellAll(index)).toEqual(before);
      }),
    );
  });

  test("gives what the last message of each subject says, as a simple model has it", () => {
    fc.assert(
      fc.property(statements, (said) => {
        const last = new Map(said.map(({ subject, value }) => [subject, value]));
        const index = indexOf(asLog(said));
        expect(index.revision).toBe(said.length);
        for (const patient of PATIENT_IDS) {
          for (const consumer of CONSUMERS) {
            const facts = index.facts(patient, consumer);
            expect(facts.agreement).toEqual(last.get(policySubject("agreement", consumer)));
            expect(facts.blocks.map((one) => JSON.stringify(one)).toSorted()).toEqual(
              modelBlocks(last, patient),
            );
            expect(Object.fromEntries(facts.relationships)).toEqual(
              modelRelationships(last, patient, consumer),
            );
          }
        }
      }),
    );
  });

  test("only what each subject said last gives the same as all of it", () => {
    fc.assert(
      fc.property(statements, (said) => {
        const log = asLog(said);
        const newest = new Map(log.map((message) => [message.subject, message.sequence]));
        const kept = log.filter(({ subject, sequence }) => newest.get(subject) === sequence);
        expect(tellAll(indexOf(kept))).toEqual(tellAll(indexOf(log)));
      }),
    );
  });
});

function objects<T>(last: ReadonlyMap<string, unknown>, kind: string): [string, T][] {
  return [...last]
    .filter(([subject]) => subject.startsWith(`pol.${kind}.`))
    .map(([subject, value]) => [
      subject.split(".").slice(2).join("."),
      JSON.parse(JSON.stringify(value)),
    ]);
}

function modelBlocks(last: ReadonlyMap<string, unknown>, patient: string): string[] {
  return objects<Block>(last, "block")
    .filter(([, block]) => block.patient === patient)
    .map(([, block]) => JSON.stringify(block))
    .toSorted();
}

function modelRelationships(
  last: ReadonlyMap<string, unknown>,
  patient: string,
  consumer: string,
): unknown {
  const own = objects<CareRelationship>(last, "relationship").filter(
    ([, one]) => one.patient === patient && one.consumer === consumer,
  );
  const subscriptions = new Map(objects<Subscription>(last, "subscription"));
  const fromRosters = objects<RosterPage>(last, "roster").flatMap(([name, { basis, patients }]) => {
    const [id = ""] = name.split(".");
    const holder = subscriptions.get(id);
    if (basis === undefined || !patients.includes(patient) || holder?.consumer !== consumer)
      return [];
    const state = holder.state === "ended" ? "ended" : "active";
    return [[`roster.${id}`, { ...basis, state }] as const];
  });
  return Object.fromEntries([...own, ...fromRosters]);
}

const SECRET = "14915110127";
const agreement: Agreement = {
  consumer: CONSUMERS[0],
  topics: [{ topic: "plan", accepts: ["register"] }],
  legalBasis: "avtale",
  validity: { from: "2026-01-01T00:00:00Z" },
  state: "active",
  change,
};

const relationship: CareRelationship = {
  consumer: CONSUMERS[0],
  patient: "a".repeat(32),
  class: "register",
  validity: { from: "2026-01-01T00:00:00Z" },
  reference: "henvisning",
  state: "active",
  change,
};

const unreadable: Record<string, Statement> = {
  "a value of another form": { subject: "pol.agreement.314567048", value: { secret: SECRET } },
  "an unknown attribute": {
    subject: "pol.agreement.314567048",
    value: { ...agreement, secret: SECRET },
  },
  "an unknown state": {
    subject: "pol.agreement.314567048",
    value: { ...agreement, state: SECRET },
  },
  "another one's agreement": { subject: "pol.agreement.215678040", value: agreement },
  "a longer subject": { subject: "pol.agreement.314567048.x", value: agreement },
  "a relationship without author": {
    subject: "pol.relationship.r1",
    value: relationship,
  },
  "no value": { subject: "pol.block.b1", value: undefined },
  "a text": { subject: "pol.subscription.eeee", value: SECRET },
  "a list": { subject: "pol.relationship.314567048.r1", value: [SECRET] },
  "a page that is no number": { subject: "pol.roster.eeee.x", value: { patients: [], change } },
  "a page with a number inside": {
    subject: "pol.roster.eeee.1e3",
    value: { patients: [], change },
  },
  "a roster without page": { subject: "pol.roster.eeee", value: { patients: [], change } },
  "an identity number on a page": {
    subject: "pol.roster.eeee.0",
    value: { patients: [SECRET], change },
  },
  "too long a page": {
    subject: "pol.roster.eeee.0",
    value: { patients: Array.from({ length: 1001 }, () => "a".repeat(32)), change },
  },
  "an unknown kind": { subject: `pol.consent.${SECRET}`, value: {} },
  "no kind": { subject: "pol", value: {} },
  "another log": { subject: `ev.plan.${SECRET}`, value: {} },
  "a wildcard": { subject: "pol.block.*", value: {} },
};

describe("a message that cannot be read", () => {
  test.each(Object.entries(unreadable))(
    "%s is an error that names no value, and changes nothing",
    (_, statement) => {
      const index = indexOf(asLog([{ subject: "pol.agreement.314567048", value: agreement }]));
      const before = tellAll(index);
      const apply = (): void => index.apply({ ...statement, sequence: 2 });
      expect(apply).toThrow(UnreadablePolicy);
      expect(apply).toThrow(/^Policy message 2 /);
      expect(apply).not.toThrow(SECRET);
      expect(tellAll(index)).toEqual(before);
    },
  );

  test("an alias that does not open is no patient", () => {
    const index = new PolicyIndex({
      openPatient: () => {
        throw new Error(SECRET);
      },
    });
    const apply = (): void =>
      index.apply({
        subject: `pol.alias.${ALIASES[0]}`,
        sequence: 1,
        value: { sealedPatient: "x" },
      });
    expect(apply).toThrow(new UnreadablePolicy("Policy message 1 (alias): cannot be opened"));
    expect(index.revision).toBe(0);
  });
});
