import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { topicOf } from "#schemas/event-types";
import { readEvent } from "#subscription-service/domain/read-event";
import { anySourceEvent, sourceEvent } from "../support/source-events.ts";

const CONTROLLER = "312345013";
const event = sourceEvent();
const place = `ev.measurement.${event.subject}`;

function read(subject: string, text: string, controller = CONTROLLER): unknown {
  return readEvent({ subject, sequence: 7, text }, controller);
}

test("an event at its place is read as it is", () => {
  fc.assert(
    fc.property(anySourceEvent, (each) => {
      const subject = `ev.${topicOf(each.type)}.${each.subject}`;
      expect(read(subject, JSON.stringify(each))).toEqual({ sequence: 7, event: each });
    }),
  );
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '"x"',
  "\u0000",
  JSON.stringify([event]),
  JSON.stringify({ ...event, data: { value: 7 } }),
  JSON.stringify({ ...event, subject: PATIENTS.kari.identityNumber }),
  JSON.stringify({ ...event, id: PATIENTS.kari.identityNumber }),
  JSON.stringify({ ...event, kind: "treatment-plan" }),
  JSON.stringify(event).slice(0, -1),
])("%j is unreadable, and only named so", (text) => {
  expect(read(place, text)).toEqual({ sequence: 7, skip: "unreadable" });
});

test.each([
  `ev.plan.${event.subject}`,
  `ev.measurement.${"b".repeat(32)}`,
  `ev.measurement.${event.subject}.x`,
  `ev.diet.${event.subject}`,
  event.subject,
])("at %s it is not where it says it is", (subject) => {
  expect(read(subject, JSON.stringify(event))).toEqual({ sequence: 7, skip: "subject-mismatch" });
});

test("of another controller's source it is foreign", () => {
  expect(read(place, JSON.stringify(event), "213456024")).toEqual({
    sequence: 7,
    skip: "foreign-source",
  });
});

test("no text whatever makes reading fail", () => {
  fc.assert(
    fc.property(fc.string(), fc.oneof(fc.string(), fc.json()), (subject, text) => {
      expect(read(subject, text)).toMatchObject({ sequence: 7, skip: expect.any(String) });
    }),
  );
});
