import { describe, expect, test } from "vitest";
import { decide, isValidAt, type PolicyFacts, type Relationship } from "#decision/decide";
import type { Agreement, Block } from "#decision/policy-objects";
import type { Verdict } from "#decision/verdict";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const CONSUMER = "314567048";
const OTHER = "215678040";
const [BEFORE, AFTER] = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"];
const change = { by: "312345013", client: "test", at: BEFORE };

/** Each input's classes: a name, and what it looks like. Left of the bar stands what lets through. */
const actions = { notify: "notify", lookup: "lookup" } as const;
const currents = { current: true, "not current": false };

const agreed: Agreement = {
  consumer: CONSUMER,
  topics: [{ topic: "measurement", accepts: ["source-recorded", "register"] }],
  legalBasis: "avtale-1",
  validity: { from: BEFORE },
  state: "active",
  change,
};
const agreements: Record<string, Agreement | undefined> = {
  active: agreed,
  "active with an end to come": { ...agreed, validity: { from: BEFORE, to: AFTER } },
  none: undefined,
  ended: { ...agreed, state: "ended" },
  "not yet": { ...agreed, validity: { from: AFTER } },
  expired: { ...agreed, validity: { from: "2025-01-01T00:00:00Z", to: BEFORE } },
  "other topic": { ...agreed, topics: [{ topic: "plan", accepts: ["source-recorded"] }] },
};

const everyone: Block = { patient: "p", scope: { kind: "everyone" }, state: "set", change };
const by = (organisation: string): Block => ({
  ...everyone,
  scope: { kind: "organisation", organisation },
});
const blocks: Record<string, Block[]> = {
  none: [],
  "other organisation": [by(OTHER)],
  "other topic": [{ ...everyone, topic: "plan" }],
  lifted: [
    { ...everyone, state: "lifted" },
    { ...by(CONSUMER), state: "lifted" },
  ],
  everyone: [everyone],
  "this organisation": [by(CONSUMER)],
  "this topic": [{ ...everyone, topic: "measurement" }],
  "one of several": [by(OTHER), { ...everyone, state: "lifted" }, by(CONSUMER)],
};

const recorded: Relationship = {
  class: "source-recorded",
  state: "active",
  validity: { from: BEFORE },
};
const relationships: Record<string, Relationship[]> = {
  active: [recorded],
  "active with an end to come": [{ ...recorded, validity: { from: BEFORE, to: AFTER } }],
  "one of several": [{ ...recorded, state: "ended" }, { ...recorded, class: "asserted" }, recorded],
  none: [],
  ended: [{ ...recorded, state: "ended" }],
  "not yet": [{ ...recorded, validity: { from: AFTER } }],
  expired: [{ ...recorded, validity: { from: "2025-01-01T00:00:00Z", to: BEFORE } }],
  "not accepted": [{ ...recorded, class: "asserted" }],
};

type Subscribed = PolicyFacts["subscription"];
const on: NonNullable<Subscribed> = { state: "active", topics: ["measurement"], inRoster: true };
const subscriptions: Record<string, Subscribed> = {
  active: on,
  none: undefined,
  paused: { ...on, state: "paused" },
  pending: { ...on, state: "pending" },
  ended: { ...on, state: "ended" },
  "other topic": { ...on, topics: ["plan"] },
  "not in roster": { ...on, inRoster: false },
};

type Case = Record<
  "action" | "current" | "agreement" | "block" | "relationship" | "subscription",
  string
>;

/** The rules as the design's text has them: who asks, what was agreed, what the patient blocked, what care is given, what was ordered. */
function expected(each: Case): string {
  const standing = ["active", "active with an end to come"];
  const refusals: [boolean, string][] = [
    [each.current === "not current", "hold policy-not-current"],
    [each.agreement === "other topic", "deny topic-not-agreed"],
    [!standing.includes(each.agreement), "deny no-agreement"],
    [!["none", "other organisation", "other topic", "lifted"].includes(each.block), "deny blocked"],
    [![...standing, "one of several"].includes(each.relationship), "deny no-relationship"],
    [each.action === "lookup", "permit"],
    [each.subscription === "other topic", "deny topic-not-subscribed"],
    [each.subscription === "not in roster", "deny not-in-roster"],
    [each.subscription !== "active", "deny subscription-inactive"],
  ];
  return refusals.find(([applies]) => applies)?.[1] ?? "permit";
}

function said(verdict: Verdict): string {
  return verdict.effect === "permit" ? "permit" : `${verdict.effect} ${verdict.reason}`;
}

function* everyCase(): Iterable<Case> {
  for (const action of Object.keys(actions))
    for (const current of Object.keys(currents))
      for (const agreement of Object.keys(agreements))
        for (const block of Object.keys(blocks))
          for (const relationship of Object.keys(relationships))
            for (const subscription of Object.keys(subscriptions))
              yield { action, current, agreement, block, relationship, subscription };
}

function decided(each: Case): Verdict {
  const held = relationships[each.relationship] ?? [];
  const subscription = subscriptions[each.subscription];
  return decide(
    {
      action: each.action === "lookup" ? "lookup" : "notify",
      consumer: CONSUMER,
      topic: "measurement",
    },
    {
      current: each.current === "current",
      agreement: agreements[each.agreement],
      blocks: blocks[each.block] ?? [],
      relationships: new Map(held.map((one, index) => [`r${index}`, one])),
      ...(subscription !== undefined && { subscription }),
    },
    NOW,
  );
}

describe("every combination of what a decision rests on", () => {
  const cases = [...everyCase()];

  test("there are as many as there should be, and few of them are permitted", () => {
    expect(cases).toHaveLength(2 * 2 * 7 * 8 * 8 * 7);
    const permitted = cases.filter((each) => expected(each) === "permit");
    expect(permitted).toHaveLength(2 * 4 * 3 * (1 + 7));
  });

  test("is decided as the table says", () => {
    const wrong = cases.filter((each) => said(decided(each)) !== expected(each));
    expect(
      wrong.map((each) => ({ ...each, said: said(decided(each)), expected: expected(each) })),
    ).toEqual([]);
  });
});

test("a permit names the relationship that it rests on, not one before it that does not count", () => {
  const several: Case = {
    action: "lookup",
    current: "current",
    agreement: "active",
    block: "none",
    relationship: "one of several",
    subscription: "none",
  };
  expect(decided(several)).toEqual({ effect: "permit", relationship: "r2" });
});

test.each([
  ["before the start", "2026-11-22T11:59:59.999Z", false],
  ["at the start", "2026-11-22T12:00:00Z", true],
  ["just before the end", "2026-11-22T13:59:59.999+01:00", true],
  ["at the end", "2026-11-22T13:00:00Z", false],
  ["after the end", "2026-11-22T13:00:00.001Z", false],
])("%s (%s) a validity holds: %s", (_, at, holds) => {
  const validity = { from: "2026-11-22T13:00:00+01:00", to: "2026-11-22T13:00:00Z" };
  expect(isValidAt(validity, Date.parse(at))).toBe(holds);
});

test("a time that cannot be read is never within a validity", () => {
  expect(isValidAt({ from: "yesterday" }, NOW)).toBe(false);
  expect(isValidAt({ from: BEFORE, to: "tomorrow" }, NOW)).toBe(false);
});
