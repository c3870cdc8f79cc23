import { describe, expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { EVENT_TYPES, LIFECYCLE_TYPES } from "#schemas/event-types";
import {
  isLifecycleEvent,
  type LifecycleEvent,
  type Notification,
  validateLifecycleEvent,
  validateNotification,
} from "#schemas/notification";

const KARI = PATIENTS.kari.identityNumber;

const notification: Notification = {
  specversion: "1.0",
  id: "b".repeat(32),
  source: "urn:no:orgnr:312345013:dho",
  type: "no.hendelsesstrom.measurement.created.v1",
  subject: "c".repeat(32),
  time: "2026-11-22T10:15:00Z",
  recordedtime: "2026-11-22T10:15:02Z",
  dataref: `https://source.example/fhir/Observation/${"d".repeat(70)}`,
  dataversion: "3",
  eventnumber: "42",
  subscription: "e".repeat(32),
};

const lifecycle: LifecycleEvent = {
  specversion: "1.0",
  id: "b".repeat(32),
  source: "urn:no:orgnr:312345013:subscriptions",
  type: LIFECYCLE_TYPES.withdrawn,
  time: "2026-11-22T10:15:00Z",
  subscription: "e".repeat(32),
  eventnumber: "42",
};

test("a notification of every type passes unchanged", () => {
  for (const type of EVENT_TYPES) {
    const each = { ...notification, type };
    expect(validateNotification(each)).toEqual({ valid: true, value: each });
    expect(isLifecycleEvent(each)).toBe(false);
  }
});

test("a lifecycle event of every type passes, with a number or without", () => {
  const { eventnumber, ...numberless } = lifecycle;
  expect(eventnumber).toBe("42");
  for (const type of Object.values(LIFECYCLE_TYPES)) {
    const each = { ...lifecycle, type };
    expect(validateLifecycleEvent(each)).toEqual({ valid: true, value: each });
    expect(validateLifecycleEvent({ ...numberless, type })).toMatchObject({ valid: true });
    expect(isLifecycleEvent(each)).toBe(true);
  }
});

test("the one is never taken for the other", () => {
  expect(validateNotification(lifecycle).valid).toBe(false);
  expect(validateLifecycleEvent(notification).valid).toBe(false);
  expect(validateLifecycleEvent({ ...lifecycle, subject: notification.subject }).valid).toBe(false);
});

describe.each([
  ["notification", notification, validateNotification],
  ["lifecycle event", lifecycle, validateLifecycleEvent],
] as const)("of a %s", (_, event, validate) => {
  test.each(Object.keys(event))("no %s holds an identity number or is missing", (name) => {
    const own = String(Reflect.get(event, name));
    for (const text of [
      KARI,
      own + KARI,
      `${own.slice(0, -3)}${KARI}`,
      `${KARI.slice(0, 6)} ${KARI.slice(6)}`,
    ])
      expect(validate({ ...event, [name]: text }).valid).toBe(false);
    const without = Object.fromEntries(Object.entries(event).filter(([key]) => key !== name));
    const isOptional = validate === validateLifecycleEvent && name === "eventnumber";
    expect(validate(without).valid).toBe(isOptional);
  });

  test.each(["data", "kind", "patient", "value", "datacontenttype"])("%s is refused", (name) => {
    expect(validate({ ...event, [name]: "x" })).toEqual({
      valid: false,
      faults: [{ pointer: "#", detail: "must NOT have additional properties" }],
    });
  });
});

test.each(["0", "01", "-1", "1.5", "12345678901", ""])(
  "%j is no number of a series",
  (eventnumber) => {
    expect(validateNotification({ ...notification, eventnumber })).toMatchObject({
      faults: [{ pointer: "#/eventnumber" }],
    });
  },
);

test("the link holds a sealed id, and never one that a source might use itself", () => {
  for (const id of ["abc", "A".repeat(70), "q".repeat(70), "d".repeat(161), `${"d".repeat(70)}.1`])
    expect(
      validateNotification({
        ...notification,
        dataref: `https://source.example/fhir/Observation/${id}`,
      }),
    ).toMatchObject({ faults: [{ pointer: "#/dataref" }] });
});
