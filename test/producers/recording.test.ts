import { describe, expect, test } from "vitest";
import { GP_OFFICE } from "#deploy/site/parties";
import { aliasOf } from "#schemas/alias";
import { containsIdentityNumber } from "#schemas/identity-number";
import { type Answer, apiClient } from "../support/api-client.ts";
import { type Logged, readLog } from "./event-log.ts";
import { persons } from "../support/identity-numbers.ts";
import { KARI, NOBODY, OLA } from "./people.ts";
import { about, type Json, sample, sampleText } from "./samples.ts";
import { sharedSource } from "./shared-source.ts";

const FHIR = "application/fhir+json";
const WAIT = { prefer: "wait=10" };

const shared = sharedSource("measurements");

function record(body: unknown, headers: Record<string, string> = WAIT): Promise<Answer> {
  const url = `${shared.url}/fhir/Observation`;
  return shared.at.recorder("POST", url, { body, type: FHIR, headers });
}

function update(
  id: string,
  body: unknown,
  headers: Record<string, string> = WAIT,
): Promise<Answer> {
  const url = `${shared.url}/fhir/Observation/${id}`;
  return shared.at.recorder("PUT", url, { body, type: FHIR, headers });
}

function json(answer: Answer): Json {
  return Object(answer.body);
}

function glucoseOf(identityNumber: string, more: Json = {}): Json {
  return { ...sample("blood-glucose"), subject: about(identityNumber), ...more };
}

async function logOf(identityNumber: string): Promise<Logged[]> {
  const alias = aliasOf(shared.at.keys.alias, identityNumber);
  return (await readLog(shared.at.connection)).filter(({ event }) => event.subject === alias);
}

describe("a measurement", () => {
  test("is recorded, told of, corrected and retracted", async () => {
    const made = await record(sampleText("blood-glucose").replace('"value": 7.4', '"value": 7.40'));
    expect([made.status, json(made)]).toMatchObject([
      201,
      { resourceType: "Observation", meta: { versionId: "1" }, status: "final" },
    ]);
    const id = String(json(made)["id"]);
    expect(id).toMatch(/^[a-p]{16}$/);
    expect(Object.fromEntries(made.headers)).toMatchObject({
      location: `${shared.url}/fhir/Observation/${id}/_history/1`,
      etag: 'W/"1"',
      "event-state": "published",
      "preference-applied": "wait=10",
      "content-type": "application/fhir+json; charset=utf-8",
    });
    for (const status of ["corrected", "entered-in-error"]) {
      expect(await update(id, glucoseOf(KARI, { id, status }))).toMatchObject({ status: 200 });
    }

    const log = await logOf(KARI);
    const source = `urn:no:orgnr:${shared.at.controller.organisation.number}:dho`;
    expect(log.map(({ event }) => event)).toMatchObject(
      ["created", "corrected", "retracted"].map((change, index) => ({
        type: `no.hendelsesstrom.measurement.${change}.v1`,
        source,
        dataref: `${shared.url}/fhir/Observation/${id}`,
        dataversion: String(index + 1),
        kind: "glucose",
      })),
    );
    expect(log.map(({ event }) => event.time === event.recordedtime)).toEqual([false, true, true]);
    expect(log[0]?.event.time).toBe("2026-11-22T06:00:00.000Z");
    expect(new Set(log.map(({ subject }) => subject)).size).toBe(1);
  });

  test("may hold an identity number in its text, which no event and no log line shows", async () => {
    const [patient = ""] = persons(1);
    const text = `Målt av ${OLA}, pårørende til ${patient}.`;
    const made = await record(glucoseOf(patient, { note: [{ text }], device: { display: OLA } }));
    expect(json(made)).toMatchObject({ note: [{ text }] });
    const log = await logOf(patient);
    expect(log).toHaveLength(1);
    expect(containsIdentityNumber(JSON.stringify(log))).toBe(false);
    expect(shared.source.log()).not.toContain(OLA);
    expect(shared.source.log()).not.toContain(patient);
  });

  test("recorded without waiting is published soon after", async () => {
    const [, patient = ""] = persons(2);
    const made = await record(glucoseOf(patient), {});
    expect(made.headers.get("event-state")).toBe("pending");
    await expect.poll(() => logOf(patient)).toHaveLength(1);
  });

  const before = glucoseOf(OLA);
  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "the body is not JSON"],
    ["a list", "[]", 400, "the body is not a JSON object"],
    ["another type", sampleText("care-plan"), 422, "resourceType must be Observation"],
    ["no subject", { ...before, subject: undefined }, 422, "Observation.subject is missing"],
    [
      "a false number",
      { ...before, subject: about(NOBODY) },
      422,
      '"#/subject/identifier/value","detail":"Observation.subject.identifier.value must be eleven',
    ],
    [
      "an error from the start",
      { ...before, status: "entered-in-error" },
      422,
      "Observation.status cannot be entered-in-error from the start",
    ],
    ["two megabytes", { ...before, note: [{ text: "x".repeat(2 ** 21) }] }, 413, "too large"],
  ])("of %s is refused, and nothing is recorded", async (...[, body, status, detail]) => {
    const answer = await record(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(detail);
    expect(JSON.stringify(answer.body)).not.toContain(NOBODY);
    expect(await logOf(OLA)).toEqual([]);
  });

  test("of another media type is refused", async () => {
    const url = `${shared.url}/fhir/Observation`;
    const asText = await shared.at.recorder("POST", url, { body: "{}", type: "text/plain" });
    expect(asText.status).toBe(415);
  });
});

describe("a change", () => {
  test("must be of the same resource and the same person, and of what is there", async () => {
    const [, , patient = ""] = persons(3);
    const id = String(json(await record(glucoseOf(patient)))["id"]);
    expect(
      await update("abcdefghijklmnop", glucoseOf(patient, { id: "abcdefghijklmnop" })),
    ).toMatchObject({ status: 404 });
    expect(JSON.stringify((await update(id, glucoseOf(patient))).body)).toContain(
      "Observation.id must be the id in the address",
    );
    expect(JSON.stringify((await update(id, glucoseOf(OLA, { id }))).body)).toContain(
      "Observation.subject is another person than the one it was recorded for",
    );
    expect(await logOf(patient)).toHaveLength(1);
  });

  test("can be meant for one version only", async () => {
    const [, , , patient = ""] = persons(4);
    const id = String(json(await record(glucoseOf(patient)))["id"]);
    const body = glucoseOf(patient, { id });
    expect(await update(id, body, { "if-match": 'W/"2"' })).toMatchObject({ status: 409 });
    expect(await update(id, body, { "if-match": "*" })).toMatchObject({ status: 400 });
    expect(await update(id, body, { "if-match": 'W/"1"' })).toMatchObject({ status: 200 });
    expect(await update(id, body, { "if-match": 'W/"1"' })).toMatchObject({ status: 409 });
  });

  test("by several at once makes a version each, told of in order", async () => {
    const [, , , , patient = ""] = persons(5);
    const id = String(json(await record(glucoseOf(patient)))["id"]);
    const body = glucoseOf(patient, { id });
    const answers = await Promise.all([1, 2, 3, 4].map(() => update(id, body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const versions = (await logOf(patient)).map(({ event }) => event.dataversion);
    expect(versions).toEqual(["1", "2", "3", "4", "5"]);
  });
});

describe("recording is refused", () => {
  const body = glucoseOf(OLA);

  test("without a token", async () => {
    const answer = await fetch(`${shared.url}/fhir/Observation`, { method: "POST" });
    expect(answer.status).toBe(401);
  });

  test("to a token that may only read, and to another organisation's", async () => {
    const { audience, client } = shared.at.controller;
    const reader = { client: client.clientId, scopes: [`${audience}/read`] };
    const other = { client: "gp-ehr", scopes: [`${audience}/record`] };
    const url = `${shared.url}/fhir/Observation`;
    for (const [caller, detail] of [
      [reader, `the scope ${audience}/record is needed`],
      [other, "only the controller's own systems record here"],
    ] as const) {
      const answer = await apiClient(shared.at.issuer, caller)("POST", url, { body, type: FHIR });
      expect([answer.status, answer.body]).toMatchObject([403, { detail }]);
    }
    expect(GP_OFFICE.number).not.toBe(shared.at.controller.organisation.number);
    expect(await logOf(OLA)).toEqual([]);
  });
});
