import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "#decision/decide";
import { PolicyIndex } from "#decision/policy-index";
import { RosterIndex } from "#decision/roster-index";
import { ROSTER_PAGE_SIZE } from "#decision/policy-objects";
import { policySubject } from "#schemas/subject";
import { asLog, change, CONSUMERS, NOW, type Statement } from "../support/policy-messages.ts";

const PEOPLE = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index).repeat(32));
const [CONSUMER, OTHER] = CONSUMERS;
const SUBSCRIPTION = "e".repeat(32);

/** A roster as it may stand: nobody on two pages. */
const roster = fc
  .tuple(
    fc.shuffledSubarray(PEOPLE),
    fc.array(fc.nat({ max: 3 }), { minLength: 12, maxLength: 12 }),
  )
  .map(([people, places]) =>
    Array.from({ length: 4 }, (_, page) => people.filter((_each, at) => places[at] === page)),
  );

describe("pages", () => {
  test("hold who they hold, whatever was there before, and persons move between them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("s1", "s2"), roster)), (snapshots) => {
        const index = new RosterIndex();
        const model = new Map<string, string[][]>();
        let sequence = 0;
        for (const [id, pages] of snapshots) {
          for (const [number, patients] of pages.entries()) {
            sequence += 1;
            index.apply(id, number, { page: { patients, change }, sequence });
          }
          model.set(id, pages);
        }
        for (const id of ["s1", "s2"]) {
          const pages = model.get(id) ?? [];
          expect([...index.patients(id)]).toEqual(pages.flat());
          for (const person of PEOPLE) {
            const page = pages.findIndex((people) => people.includes(person));
            expect(index.has(id, person)).toBe(page !== -1);
            expect(index.pageOf(id, person)?.page).toBe(page === -1 ? undefined : page);
            expect([...index.subscriptionsOf(person)].includes(id)).toBe(page !== -1);
          }
        }
      }),
    );
  });

  test("the one with room is the first that is not full and has no ground of its own", () => {
    const index = new RosterIndex();
    const full = Array.from({ length: ROSTER_PAGE_SIZE }, (_, at) => `p${at}`);
    const basis = {
      class: "asserted",
      validity: { from: "2026-01-01T00:00:00Z" },
      reference: "x",
    } as const;
    expect(index.pageWithRoom("s")).toEqual({ page: 0, sequence: 0, content: undefined });
    index.apply("s", 0, { page: { patients: full, change }, sequence: 1 });
    index.apply("s", 1, { page: { patients: [], basis, change }, sequence: 2 });
    expect(index.pageWithRoom("s")).toEqual({ page: 2, sequence: 0, content: undefined });
    const last = { patients: ["q"], change };
    index.apply("s", 2, { page: last, sequence: 3 });
    expect(index.pageWithRoom("s")).toEqual({ page: 2, sequence: 3, content: last });
    expect(index.nextPage("s")).toBe(3);
    expect(index.nextPage("t")).toBe(0);
    expect(index.pages("s").map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });
});

const [PATIENT = ""] = PEOPLE;

/** A policy that permits by nothing but the roster's own ground. */
function policyWith(...more: Statement[]): PolicyIndex {
  const index = new PolicyIndex({ openPatient: (_alias, sealed) => sealed });
  const base: Statement[] = [
    {
      subject: policySubject("agreement", CONSUMER),
      value: {
        consumer: CONSUMER,
        topics: [{ topic: "plan", accepts: ["asserted"] }],
        legalBasis: "avtale",
        validity: { from: "2026-01-01T00:00:00Z" },
        state: "active",
        change,
      },
    },
    subscribed("active"),
    onPage(0, { class: "asserted" }),
  ];
  for (const message of asLog([...base, ...more])) index.apply(message);
  return index;
}

function subscribed(state: string): Statement {
  const value = { consumer: CONSUMER, topics: ["plan"], delivery: { way: "feed" }, state, change };
  return { subject: policySubject("subscription", SUBSCRIPTION), value };
}

function onPage(
  number: number,
  ground: { class?: string; from?: string; to?: string } | undefined,
  patients = [PATIENT],
): Statement {
  const { class: ofClass = "asserted", from = "2026-01-01T00:00:00Z", to } = ground ?? {};
  const basis = {
    class: ofClass,
    validity: { from, ...(to !== undefined && { to }) },
    reference: "liste",
  };
  return {
    subject: policySubject("roster", SUBSCRIPTION, String(number)),
    value: { patients, ...(ground !== undefined && { basis }), change },
  };
}

function verdictOf(
  index: PolicyIndex,
  action: "notify" | "lookup",
  consumer: string = CONSUMER,
): string {
  const facts = { ...index.facts(PATIENT, consumer, SUBSCRIPTION), current: true };
  const verdict = decide({ action, consumer, topic: "plan" }, facts, NOW);
  return verdict.effect === "permit" ? verdict.relationship : verdict.reason;
}

describe("the ground of a page", () => {
  test("is a relationship of each who stands there, for the subscription's owner only", () => {
    const index = policyWith();
    expect(verdictOf(index, "notify")).toBe(`roster.${SUBSCRIPTION}`);
    expect(verdictOf(index, "lookup")).toBe(`roster.${SUBSCRIPTION}`);
    expect(verdictOf(index, "lookup", OTHER)).toBe("no-agreement");
    expect([...index.facts(PATIENT, OTHER).relationships]).toEqual([]);
    expect([...index.facts(PEOPLE[1] ?? "", CONSUMER).relationships]).toEqual([]);
  });

  test.each([
    ["the subscription ends", [subscribed("ended")]],
    ["the person leaves the page", [onPage(0, {}, [])]],
    ["the person moves to a page without", [onPage(0, {}, []), onPage(1, undefined)]],
    ["the page loses it", [onPage(0, undefined)]],
    ["its time is over", [onPage(0, { to: "2026-11-22T12:00:00Z" })]],
    ["its time has not come", [onPage(0, { from: "2026-11-22T12:00:01Z" })]],
    ["it is of a class that the agreement does not accept", [onPage(0, { class: "register" })]],
  ])("counts no more when %s", (_, more) => {
    expect(verdictOf(policyWith(...more), "lookup")).toBe("no-relationship");
    expect(verdictOf(policyWith(...more), "notify")).toBe("no-relationship");
  });

  test("stands while the subscription is only paused or pending, though nothing is sent", () => {
    for (const state of ["paused", "pending"]) {
      expect(verdictOf(policyWith(subscribed(state)), "lookup")).toBe(`roster.${SUBSCRIPTION}`);
      expect(verdictOf(policyWith(subscribed(state)), "notify")).toBe("subscription-inactive");
    }
  });
});
