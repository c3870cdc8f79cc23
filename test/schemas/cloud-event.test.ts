import { CloudEvent, HTTP } from "cloudevents";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { fromCloudEvent, toCloudEvent } from "#schemas/cloud-event";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { type HandedOut, validateNotification } from "#schemas/notification";
import { validateProducerEvent } from "#schemas/source-event";
import { letters32, sourceEvent } from "../support/source-events.ts";

/** Times as the SDK writes them. */
const sdkTime = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

const anyNotification = fc
  .record({
    id: letters32,
    subject: letters32,
    subscription: letters32,
    sealed: letters32,
    time: sdkTime,
    recordedtime: sdkTime,
    number: fc.integer({ min: 1, max: 2 ** 31 }),
  })
  .map(({ sealed, number, ...rest }): HandedOut => ({
    specversion: "1.0",
    source: "urn:no:orgnr:312345013:dho",
    type: "no.hendelsesstrom.measurement.created.v1",
    dataref: `https://source.example/fhir/Observation/${sealed}${sealed}`,
    dataversion: "3",
    eventnumber: String(number),
    ...rest,
  }));

test("a notification becomes the SDK's object and back, with nothing added or lost", () => {
  fc.assert(
    fc.property(anyNotification, (event) => {
      const object = toCloudEvent(event);
      expect(object).toBeInstanceOf(CloudEvent);
      expect(fromCloudEvent(object)).toEqual(event);
    }),
  );
});

test("the SDK finds nothing wrong in what is handed out, and sends and receives it as it is", () => {
  fc.assert(
    fc.property(anyNotification, (event) => {
      expect(toCloudEvent(event).validate()).toBe(true);
      const message = HTTP.structured(toCloudEvent(event));
      const peer = HTTP.toEvent({
        headers: { "content-type": "application/cloudevents+json" },
        body: JSON.stringify(event),
      });
      expect(validateNotification(JSON.parse(String(message.body)))).toMatchObject({ valid: true });
      expect(peer).toMatchObject({ ...event });
    }),
    { numRuns: 20 },
  );
});

test("a lifecycle event has no subject, and the SDK invents none", () => {
  const event: HandedOut = {
    specversion: "1.0",
    id: "b".repeat(32),
    source: "urn:no:orgnr:312345013:subscriptions",
    type: LIFECYCLE_TYPES.validation,
    time: "2026-11-22T10:15:00.000Z",
    subscription: "e".repeat(32),
  };
  expect(fromCloudEvent(toCloudEvent(event))).toEqual(event);
});

test("what a producer makes with the SDK is an event of ours", () => {
  const attributes = { ...sourceEvent(), subject: PATIENTS.kari.identityNumber, kind: "glucose" };
  const object = new CloudEvent({ ...attributes });
  expect(validateProducerEvent(fromCloudEvent(object))).toMatchObject({
    valid: true,
    value: { ...attributes, time: "2026-11-22T10:15:00.000Z" },
  });
});

test.each([
  { data: { value: 7.2 } },
  { data: "7,2 mmol/l" },
  { data_base64: "AAAA" },
  { datacontenttype: "application/json" },
  { dataschema: "https://source.example/schema" },
  { patientname: "x" },
])("%j in the SDK's object is seen, and refused", (extra) => {
  const attributes = { ...sourceEvent(), subject: PATIENTS.kari.identityNumber, ...extra };
  const judged = validateProducerEvent(fromCloudEvent(new CloudEvent<unknown>(attributes)));
  expect(judged).toEqual({
    valid: false,
    faults: [{ pointer: "#", detail: "must NOT have additional properties" }],
  });
});
