import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decide, type PolicyFacts } from "#decision/decide";
import type { Verdict } from "#decision/verdict";
import {
  agreement,
  block,
  CONSUMERS,
  NOW,
  relationship,
  subscription,
} from "../support/policy-messages.ts";

const [CONSUMER] = CONSUMERS;

const action = fc.constantFrom("notify" as const, "lookup" as const);
const topic = fc.constantFrom("measurement" as const, "plan" as const);

const facts: fc.Arbitrary<PolicyFacts> = fc.record({
  current: fc.constant(true),
  agreement: agreement.map((one) => ({ ...one, consumer: CONSUMER })),
  blocks: fc.array(block, { maxLength: 1 }),
  relationships: fc
    .array(relationship, { maxLength: 4 })
    .map((held) => new Map(held.map((one, index) => [`r${index}`, one]))),
  subscription: subscription.map(({ state, topics }) => ({ state, topics, inRoster: true })),
});

function isPermit(verdict: Verdict): boolean {
  return verdict.effect === "permit";
}

/** With less to rest on or more against it, a decision is a permit only if it was one before. */
function neverMore(name: string, harder: (before: PolicyFacts) => fc.Arbitrary<PolicyFacts>): void {
  test(`${name} never turns a no into a yes`, () => {
    let permits = 0;
    const both = facts.chain((before) => fc.tuple(fc.constant(before), harder(before)));
    fc.assert(
      fc.property(both, action, topic, ([before, after], asked, about) => {
        const request = { action: asked, consumer: CONSUMER, topic: about };
        const was = isPermit(decide(request, before, NOW));
        permits += Number(was);
        expect(isPermit(decide(request, after, NOW)) && !was).toBe(false);
      }),
      { numRuns: 2000 },
    );
    expect(permits).toBeGreaterThan(20);
  });
}

neverMore("a further block", (before) =>
  block.map((one) => ({ ...before, blocks: [...before.blocks, one] })),
);

neverMore("one relationship fewer", (before) =>
  fc.constantFrom("r0", "r1", "r2", "r3").map((gone) => ({
    ...before,
    relationships: new Map([...before.relationships].filter(([id]) => id !== gone)),
  })),
);

neverMore("an ended relationship", (before) =>
  fc.constantFrom("r0", "r1", "r2", "r3").map((ended) => ({
    ...before,
    relationships: new Map(
      [...before.relationships].map(([id, one]) => [
        id,
        id === ended ? { ...one, state: "ended" } : one,
      ]),
    ),
  })),
);

neverMore("a missing or ended agreement", ({ agreement: agreed, ...rest }) =>
  fc.constantFrom(
    { ...rest, agreement: undefined },
    { ...rest, agreement: agreed && { ...agreed, state: "ended" as const } },
  ),
);

neverMore("an inactive subscription, or the patient off its roster", (before) =>
  fc
    .constantFrom(
      ...(["paused", "pending", "ended", "active"] as const).map((state) => ({
        ...before,
        subscription: { state, topics: ["measurement" as const], inRoster: state !== "active" },
      })),
    )
    .filter(({ subscription: { inRoster } }) => !inRoster || before.subscription !== undefined),
);

neverMore("policy that may be old", (before) => fc.constant({ ...before, current: false }));

test("without the subscription a notice is refused that a lookup is not", () => {
  fc.assert(
    fc.property(facts, topic, ({ subscription: gone, ...rest }, about) => {
      expect(gone).toBeDefined();
      const request = { consumer: CONSUMER, topic: about };
      expect(isPermit(decide({ ...request, action: "notify" }, rest, NOW))).toBe(false);
      const withIt = { ...rest, ...(gone && { subscription: gone }) };
      expect(decide({ ...request, action: "lookup" }, rest, NOW)).toEqual(
        decide({ ...request, action: "lookup" }, withIt, NOW),
      );
    }),
  );
});
