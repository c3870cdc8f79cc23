import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aliasOf } from "#schemas/alias";
import { newPerson } from "../support/newcomers.ts";
import { measurementEvent, type ProducedEvent } from "../support/story.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

const STRUCTURED = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";
const WRONG = "14915110128";

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

function post(body: unknown, type: string) {
  return tenant.controller("POST", `${tenant.url}/events`, { body, type });
}

function measured(overrides: Record<string, string> = {}): ProducedEvent {
  return measurementEvent(tenant.number, newPerson(), overrides);
}

function problem(code: string, more: object = {}): object {
  return { body: { type: `https://hendelsesstrom.example/problems/${code}`, ...more } };
}

describe("one event", () => {
  test("is published once, and known again after that", async () => {
    const event = measured({ kind: "glucose" });
    const result = { source: event["source"], id: event["id"] };
    const first = await post(event, STRUCTURED);
    expect(first).toMatchObject({
      status: 200,
      body: { results: [{ ...result, status: "published" }] },
    });
    const again = await post(event, `${STRUCTURED}; charset=utf-8`);
    expect(again.body).toEqual({ results: [{ ...result, status: "duplicate" }] });
    expect((await post([event], BATCH)).body).toEqual({
      results: [{ ...result, status: "duplicate" }],
    });
  });

  test("lies in the log under the alias, and its identity number nowhere", async () => {
    const event = measured();
    await post(event, STRUCTURED);
    const alias = aliasOf(tenant.keys.alias, event["subject"] ?? "");
    const nats = await system.natsAs(system.site.municipality.service);
    const stored = await (
      await jetstreamManager(nats)
    ).direct.getMessage("EVENTS", {
      last_by_subj: `ev.measurement.${alias}`,
    });
    await nats.close();
    expect(JSON.parse(stored?.string() ?? "")).toEqual({ ...event, subject: alias });
    expect([...(stored?.header.keys() ?? [])].join()).not.toContain(event["subject"]);
  });

  test.each([
    ["with a subject of wrong control digits", { subject: WRONG }, "#/subject"],
    ["with another's alias for a subject", { subject: "a".repeat(32) }, "#/subject"],
    ["with an identity number for an id", { id: "14915110127" }, "#/id"],
    ["with data", { data: "7.2" }, "#"],
    ["of an unknown type", { type: "no.hendelsesstrom.diet.created.v1" }, "#/type"],
    ["of another topic's kind", { kind: "treatment-plan" }, "#/kind"],
    ["without a time", { time: "" }, "#/time"],
    ["of another version of the specification", { specversion: "0.3" }, "#/specversion"],
    ["with a link that asks", { dataref: "https://x.example/Observation/a?b" }, "#/dataref"],
  ])("%s is refused, and none of its values repeated", async (_, overrides, pointer) => {
    const answer = await post(measured(overrides), STRUCTURED);
    expect(answer).toMatchObject({
      status: 200,
      body: { results: [{ status: "refused", errors: [{ pointer }] }] },
    });
    for (const value of Object.values(overrides).filter((each) => each.length > 3))
      expect(answer.text).not.toContain(value);
  });

  test("of another controller's source is refused", async () => {
    const event = measured({ source: "urn:no:orgnr:213456024:plan" });
    expect((await post(event, STRUCTURED)).body).toEqual({
      results: [
        {
          source: event["source"],
          id: event["id"],
          status: "refused",
          errors: [{ pointer: "#/source", detail: "must be a source of this controller" }],
        },
      ],
    });
  });
});

describe("a batch", () => {
  test("has a result for each, in order, and the good ones are published", async () => {
    const [good, twice] = [measured(), measured()];
    const answer = await post([good, measured({ subject: WRONG }), twice, 7, twice, null], BATCH);
    const results: { status: string; id?: string }[] = JSON.parse(answer.text).results;
    expect(results.map(({ status }) => status)).toEqual([
      "published",
      "refused",
      "published",
      "refused",
      "duplicate",
      "refused",
    ]);
    expect([results[0]?.id, results[2]?.id]).toEqual([good["id"], twice["id"]]);
  });

  test("keeps its order on the way to whoever is told", async () => {
    const person = newPerson();
    const { feed } = await tenant.following([person]);
    const events = Array.from({ length: 200 }, (_, index) =>
      measurementEvent(tenant.number, person, { dataversion: String(index + 1) }),
    );
    await post(events, BATCH);
    await tenant.settled();
    const told = (await feed("?limit=1000")).events.map(({ dataversion }) => dataversion);
    expect(told).toEqual(events.map(({ dataversion }) => dataversion));
  });

  test("may be empty, holds a thousand and not one more", async () => {
    expect((await post([], BATCH)).body).toEqual({ results: [] });
    const thousand = Array.from({ length: 1000 }, () => measured());
    const answer = await post(thousand, BATCH);
    const results: { status: string }[] = JSON.parse(answer.text).results;
    expect(results.filter(({ status }) => status === "published")).toHaveLength(1000);
    expect(await post([...thousand, measured()], BATCH)).toMatchObject({
      status: 413,
      ...problem("too-large", { detail: "a batch holds at most 1000 events" }),
    });
  });

  test("of which a thousand are as large as an event may be still fits", async () => {
    const path = Array.from({ length: 6 }, () => "p".repeat(64)).join("/");
    const large = Array.from({ length: 1000 }, (_, index) =>
      measured({
        id: `${"i".repeat(60)}${String(index).padStart(4, "0")}`,
        source: `urn:no:orgnr:${tenant.number}:${"s".repeat(31)}`,
        dataref: `https://${"h".repeat(120)}.example/${path}/Observation/${"r".repeat(64)}`,
        dataversion: "123456789",
        time: "2026-11-22T10:15:00.12345678+01:00",
        recordedtime: "2026-11-22T10:15:00.12345678+01:00",
        kind: "oxygen-saturation",
      }),
    );
    const answer = await post(large, BATCH);
    expect(answer.status).toBe(200);
    const results: { status: string }[] = JSON.parse(answer.text).results;
    expect(results.filter(({ status }) => status !== "published")).toEqual([]);
  });
});

describe("a body", () => {
  test.each([
    ["not JSON", "{", STRUCTURED],
    ["not JSON", "", STRUCTURED],
    ["not JSON", "[", BATCH],
    [
      "not UTF-8 but for a replaced byte",
      Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1"),
      STRUCTURED,
    ],
  ])("that is %s is refused", async (_, body, type) => {
    expect(await post(body, type)).toMatchObject({
      status: 400,
      ...problem("invalid-request", { detail: "the body is not JSON" }),
    });
  });

  test("that is one event where a batch is announced is refused, and the other way round", async () => {
    expect(await post(measured(), BATCH)).toMatchObject({
      status: 400,
      ...problem("invalid-request", { detail: "a batch is a JSON array of events" }),
    });
    expect((await post([measured()], STRUCTURED)).body).toMatchObject({
      results: [{ status: "refused", errors: [{ pointer: "#", detail: "must be object" }] }],
    });
  });

  test.each([
    "application/json",
    "application/cloudevents",
    "application/cloudevents+jsonx",
    "application/cloudevents-batch+json-seq",
    "application/cloudevents+xml",
    "text/plain",
    "application/x-www-form-urlencoded",
    "*/*",
  ])("of the type %s is not taken", async (type) => {
    expect(await post(measured(), type)).toMatchObject({
      status: 415,
      ...problem("unsupported-media-type"),
    });
  });

  test("of more than the limit is refused before it is read through", async () => {
    expect(await post(`[${" ".repeat(3 * 1024 * 1024)}]`, BATCH)).toMatchObject({
      status: 413,
      ...problem("too-large"),
    });
  });
});
