import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { validateProducerEvent, validateSourceEvent } from "#schemas/source-event";
import { anyNumber } from "../support/identity-numbers.ts";
import { anySourceEvent, sourceEvent } from "../support/source-events.ts";

const KARI = PATIENTS.kari.identityNumber;
const HUGE = "a".repeat(1_000_000);

function pointersOf(event: unknown, validate = validateSourceEvent): string[] {
  const judged = validate(event);
  return judged.valid ? [] : judged.faults.map(({ pointer }) => pointer);
}

test("an event that is right passes unchanged", () => {
  const event = sourceEvent({ kind: "glucose" });
  expect(validateSourceEvent(event)).toEqual({ valid: true, value: event });
  fc.assert(fc.property(anySourceEvent, (each) => validateSourceEvent(each).valid));
});

test("a producer's event has the identity number where the log has the alias", () => {
  const event = { ...sourceEvent(), subject: KARI };
  expect(validateProducerEvent(event)).toEqual({ valid: true, value: event });
  expect(pointersOf(event)).toEqual(["#/subject"]);
  expect(pointersOf(sourceEvent(), validateProducerEvent)).toEqual(["#/subject"]);
  expect(validateProducerEvent({ ...event, subject: "14915110128" })).toEqual({
    valid: false,
    faults: [
      {
        pointer: "#/subject",
        detail: "must be a national identity number with valid control digits",
      },
    ],
  });
});

describe.each(Object.keys(sourceEvent({ kind: "glucose" })))("attribute %s", (name) => {
  test("may not hold an identity number, however it is placed", () => {
    const own = String(Reflect.get(sourceEvent({ kind: "glucose" }), name));
    const forms = (number: string): string[] => [
      number,
      own + number,
      `${own}${number.slice(0, 6)}-${number.slice(6)}`,
      `${own}/${number}`,
      number + own,
      own.replace(/[^/]*$/, number),
      own.replace(/[^:]*$/, `a${number}`),
    ];
    fc.assert(
      fc.property(anyNumber, (number) => {
        for (const text of forms(number)) {
          const judged = validateSourceEvent({ ...sourceEvent({ kind: "glucose" }), [name]: text });
          expect(judged.valid).toBe(false);
          expect(JSON.stringify(judged)).not.toContain(number);
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each([null, 1, true, {}, [], "", HUGE, "\u0000", "x y"])("may not be %s", (value) => {
    expect(validateSourceEvent({ ...sourceEvent(), [name]: value }).valid).toBe(false);
  });

  test("may not be missing, unless it is the kind", () => {
    const event = Object.fromEntries(
      Object.entries(sourceEvent({ kind: "glucose" })).filter(([key]) => key !== name),
    );
    expect(validateSourceEvent(event).valid).toBe(name === "kind");
  });
});

test("an identity number in a permitted attribute is named as the reason", () => {
  for (const [name, value] of Object.entries({
    id: KARI,
    dataref: `https://source.example/fhir/Observation/${KARI}`,
    source: `urn:no:orgnr:312345013:a${KARI}`,
  })) {
    expect(validateSourceEvent({ ...sourceEvent(), [name]: value })).toEqual({
      valid: false,
      faults: [{ pointer: `#/${name}`, detail: "must not contain a national identity number" }],
    });
  }
});

test.each([
  "data",
  "data_base64",
  "datacontenttype",
  "dataschema",
  "value",
  "eventnumber",
  "__proto__",
])("the attribute %s is unknown, and refused", (name) => {
  const event: unknown = JSON.parse(
    JSON.stringify(sourceEvent()).replace("{", `{${JSON.stringify(name)}:"1",`),
  );
  expect(validateSourceEvent(event)).toEqual({
    valid: false,
    faults: [{ pointer: "#", detail: "must NOT have additional properties" }],
  });
});

test.each([undefined, null, "", "{}", 1, [], [sourceEvent()], {}])("%j is no event", (value) => {
  expect(validateSourceEvent(value).valid).toBe(false);
  expect(validateProducerEvent(value).valid).toBe(false);
});

test("a kind belongs to its topic", () => {
  expect(validateSourceEvent(sourceEvent({ kind: "treatment-plan" }))).toEqual({
    valid: false,
    faults: [
      {
        pointer: "#/kind",
        detail:
          "must be one of: blood-pressure, oxygen-saturation, temperature, weight, glucose, other",
      },
    ],
  });
  for (const kind of ["", "Glucose", "to-string", "15074-8"])
    expect(pointersOf(sourceEvent({ kind }))).toEqual(["#/kind"]);
});

describe("the link to the resource", () => {
  test("leads to a resource of the topic", () => {
    const dataref = "https://source.example/fhir/CarePlan/abc";
    expect(validateSourceEvent(sourceEvent({ dataref }))).toEqual({
      valid: false,
      faults: [{ pointer: "#/dataref", detail: "must end in /Observation/<id>" }],
    });
    const type = "no.hendelsesstrom.plan.changed.v1";
    expect(validateSourceEvent(sourceEvent({ dataref, type })).valid).toBe(true);
  });

  test.each([
    "/fhir/Observation/abc",
    "//source.example/fhir/Observation/abc",
    "ftp://source.example/fhir/Observation/abc",
    "https://user@source.example/fhir/Observation/abc",
    "https://source.example/fhir/Observation/abc?patient=x",
    "https://source.example/fhir/Observation/abc#x",
    "https://source.example/fhir/Observation/abc/_history/1",
    "https://source.example/fhir/Observation/",
    "https://source.example/fhir/Observation/a%20b",
    "https://source.example/../Observation/abc",
    "https://source.example/./Observation/abc",
    "https://source.example/fhir/Observation/..",
    "https://source.example/fhir/Observation/.",
    `https://source.example/fhir/Observation/${"a".repeat(65)}`,
    "https://:443/fhir/Observation/abc",
    "https://source.example:99999/fhir/Observation/abc",
    "javascript:alert(1)/Observation/abc",
  ])("is not %s", (dataref) => {
    expect(pointersOf(sourceEvent({ dataref }))).toEqual(["#/dataref"]);
  });

  test("may be plain http with a port, for one machine", () => {
    const dataref = "http://127.0.0.1:40123/fhir/Observation/A-1.b";
    expect(validateSourceEvent(sourceEvent({ dataref })).valid).toBe(true);
  });
});

test.each([
  "2026-11-22",
  "10:15:00Z",
  "2026-11-22T10:15:00",
  "2026-13-22T10:15:00Z",
  "2026-11-31T10:15:00Z",
  "2026-11-22T24:15:00Z",
  "2026-11-22T10:15:00+25:00",
  "2026-11-22 10:15:00Z",
  "2026-11-22\n10:15:00Z",
  "2026-11-22T10:15:00Z\n",
  "2016-12-31T23:59:60Z",
  "1763806500",
  "now",
])("%j is no time", (time) => {
  expect(pointersOf(sourceEvent({ time }))).toEqual(["#/time"]);
  expect(pointersOf(sourceEvent({ recordedtime: time }))).toEqual(["#/recordedtime"]);
});

test("a time may have an offset and parts of a second", () => {
  for (const time of ["2026-11-22T11:15:00+01:00", "2026-11-22T10:15:00.123456789Z"])
    expect(validateSourceEvent(sourceEvent({ time })).valid).toBe(true);
});

test.each(["0", "01", "-1", "1.0", "1e3", "1234567890", "a"])("%j is no version", (dataversion) => {
  expect(pointersOf(sourceEvent({ dataversion }))).toEqual(["#/dataversion"]);
});

test.each([
  "urn:no:orgnr:012345013:dho",
  "urn:no:orgnr:31234501:dho",
  "urn:no:orgnr:312345013",
  "urn:no:orgnr:312345013:",
  "urn:no:orgnr:312345013:1",
  "urn:no:orgnr:312345013:dho:x",
  "URN:no:orgnr:312345013:dho",
  "https://source.example",
])("%j is no source", (source) => {
  expect(pointersOf(sourceEvent({ source }))).toEqual(["#/source"]);
});

test.each(["no.hendelsesstrom.plan.changed.v2", "no.hendelsesstrom.measurement.changed.v1", "x"])(
  "%j is no type",
  (type) => {
    expect(pointersOf(sourceEvent({ type }))).toEqual(["#/type"]);
  },
);
