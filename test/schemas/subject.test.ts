import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  eventSubject,
  handOutSubject,
  notificationSubject,
  parseEventSubject,
  parsePolicySubject,
  policySubject,
} from "#schemas/subject";

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const refusal = new TypeError("Not a subject token");

test("what is built is what is read", () => {
  fc.assert(
    fc.property(token, fc.constantFrom("measurement", "plan"), (alias, topic) => {
      expect(parseEventSubject(eventSubject(topic, alias))).toEqual({ topic, alias });
      expect(notificationSubject(alias)).toBe(`d.${alias}`);
      expect(handOutSubject(alias)).toBe(`h.${alias}`);
    }),
  );
  fc.assert(
    fc.property(token, fc.array(token, { minLength: 1, maxLength: 3 }), (kind, key) => {
      expect(parsePolicySubject(policySubject(kind, ...key))).toEqual({ kind, key });
    }),
  );
});

const INJECTIONS = [
  "",
  "a.b",
  "*",
  ">",
  "a.*",
  "a b",
  "a\tb",
  "a\n",
  "$JS",
  "æ",
  "a".repeat(129),
  "a\u0000",
];

test.each(INJECTIONS)("%j becomes part of no subject", (text) => {
  expect(() => eventSubject("plan", text)).toThrow(refusal);
  expect(() => notificationSubject(text)).toThrow(refusal);
  expect(() => handOutSubject(text)).toThrow(refusal);
  expect(() => policySubject("block", text)).toThrow(refusal);
  expect(() => policySubject("roster", "abc", text)).toThrow(refusal);
  expect(() => policySubject(text, "abc")).toThrow(refusal);
});

test.each(INJECTIONS.filter((text) => text !== "a.b"))("%j is read from no subject", (text) => {
  expect(parseEventSubject(`ev.plan.${text}`)).toBeUndefined();
  expect(parsePolicySubject(`pol.block.${text}`)).toBeUndefined();
  expect(parsePolicySubject(`pol.${text}.abc`)).toBeUndefined();
});

test.each([
  "",
  "ev",
  "ev.plan",
  "ev.plan.a.b",
  "ev.toString.abc",
  "ev.diet.abc",
  "EV.plan.abc",
  "pol.plan.abc",
  " ev.plan.abc",
])("%j is no event's subject", (subject) => {
  expect(parseEventSubject(subject)).toBeUndefined();
});

test.each(["", "pol", "pol.block", "pol.block.", "pol..abc", "ev.block.abc"])(
  "%j is no policy subject",
  (subject) => {
    expect(parsePolicySubject(subject)).toBeUndefined();
  },
);
