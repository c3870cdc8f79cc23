import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVENTS_AUDIENCE } from "#deploy/site/site";
import { newPerson } from "../support/newcomers.ts";
import { type Consumer, ok, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

const FEED = { topics: ["measurement"], delivery: { way: "feed" } };
const UNKNOWN = "p".repeat(32);

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

async function create(consumer: Consumer, body: unknown = FEED): Promise<string> {
  const answer = await ok(consumer.call("POST", `${tenant.url}/subscriptions`, { body }));
  const { id }: { id: string } = JSON.parse(answer.text);
  return `${tenant.url}/subscriptions/${id}`;
}

async function addPerson(
  consumer: Consumer,
  path: string,
  patient: string,
): Promise<{ handle: string; revision: number }> {
  return JSON.parse(
    (await ok(consumer.call("POST", `${path}/roster`, { body: { patient } }))).text,
  );
}

describe("a subscription", () => {
  test("is made, read, listed and ended by its owner", async () => {
    const consumer = tenant.newConsumer();
    const body = { ...FEED, topics: ["plan", "measurement"], kinds: ["glucose", "treatment-plan"] };
    const made = await consumer.call("POST", `${tenant.url}/subscriptions`, { body });
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^[a-p]{32}$/), ...body, state: "active" },
    });
    const path = `${tenant.url}/subscriptions/${Object(made.body).id}`;
    expect((await consumer.call("GET", path)).body).toEqual(made.body);
    expect((await consumer.call("GET", `${tenant.url}/subscriptions`)).body).toEqual({
      subscriptions: [made.body],
    });
    expect(await consumer.call("DELETE", path)).toMatchObject({
      status: 200,
      body: { revision: expect.any(Number) },
    });
    expect(await consumer.call("DELETE", path)).toMatchObject({ status: 200 });
    expect((await consumer.call("GET", path)).body).toEqual({
      ...Object(made.body),
      state: "ended",
    });
  });

  test("that is ended tells nothing more, and what it told is withdrawn", async () => {
    const person = newPerson();
    const consumer = await tenant.following([person]);
    await tenant.publish(person);
    await tenant.settled();
    await ok(consumer.call("DELETE", `${tenant.url}/subscriptions/${consumer.id}`));
    await tenant.publish(person);
    await tenant.settled();
    expect(await consumer.feed()).toMatchObject({
      events: [{ type: "no.hendelsesstrom.notification.withdrawn.v1", eventnumber: "1" }],
      last: "1",
    });
  });

  test("of another does not exist, as far as it tells: the same answer as for one that never was", async () => {
    const owner = tenant.newConsumer();
    const stranger = tenant.newConsumer();
    const id = (await create(owner)).split("/").at(-1) ?? "";
    const handle = "a".repeat(32);
    const routes = [
      ["GET", "", undefined],
      ["DELETE", "", undefined],
      ["GET", "/events", undefined],
      ["POST", "/resume", undefined],
      ["GET", "/events?after=abc.1&wait=1", undefined],
      ["POST", "/roster", { patient: newPerson() }],
      ["PUT", "/roster", { patients: [newPerson()] }],
      ["DELETE", `/roster/${handle}`, undefined],
    ] as const;
    for (const [method, rest, body] of routes) {
      const ask = async (which: string) => {
        const { status, text, headers } = await stranger.call(
          method,
          `${tenant.url}/subscriptions/${which}${rest}`,
          body === undefined ? {} : { body },
        );
        return { status, text, names: [...headers.keys()].toSorted() };
      };
      const foreign = await ask(id);
      expect(foreign).toMatchObject({ status: 404 });
      expect(foreign).toEqual(await ask(UNKNOWN));
    }
    const own = await stranger.call("GET", `${tenant.url}/subscriptions`);
    expect(own.body).toEqual({ subscriptions: [] });
    expect(await owner.call("GET", `${tenant.url}/subscriptions/${id}`)).toMatchObject({
      body: { state: "active" },
    });
  });

  test.each([
    [{}, "#"],
    [{ ...FEED, topics: [] }, "#/topics"],
    [{ ...FEED, topics: ["diet"] }, "#/topics/0"],
    [{ ...FEED, topics: ["plan", "plan"] }, "#/topics"],
    [{ ...FEED, kinds: [] }, "#/kinds"],
    [{ ...FEED, kinds: ["Glucose"] }, "#/kinds/0"],
    [{ ...FEED, kinds: ["glukose"] }, "#/kinds/0"],
    [{ ...FEED, kinds: ["glucose", "treatment-plan"] }, "#/kinds/1"],
    [{ ...FEED, delivery: { way: "pigeon" } }, "#/delivery/way"],
    [{ ...FEED, delivery: { way: "webhook" } }, "#/delivery"],
    [{ ...FEED, delivery: { way: "feed", url: "https://x.example" } }, "#/delivery"],
    [{ ...FEED, more: 1 }, "#"],
    ["text", "#"],
    [[FEED], "#"],
  ])("%j is refused", async (body, pointer) => {
    const answer = await tenant
      .newConsumer()
      .call("POST", `${tenant.url}/subscriptions`, { body: JSON.stringify(body) });
    expect(answer).toMatchObject({
      status: 400,
      body: { type: "https://hendelsesstrom.example/problems/invalid-request" },
    });
    const { errors }: { errors: { pointer: string }[] } = JSON.parse(answer.text);
    expect(errors.map((error) => error.pointer)).toContain(pointer);
  });

  test.each([
    "not a url",
    "/hook",
    "http://receiver.example/hook",
    "ftp://receiver.example/hook",
    "https://user:secret@receiver.example/hook",
    "https://receiver.example/hook#part",
    "https://receiver.example:5432/hook",
    "https://receiver.example/14915110127",
  ])("a webhook may not lead to %s", async (url) => {
    const body = { ...FEED, delivery: { way: "webhook", url } };
    const answer = await tenant.newConsumer().call("POST", `${tenant.url}/subscriptions`, { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: expect.any(Array) } });
    expect(answer.text).not.toContain("14915110127");
  });

  test("is one of a hundred at most, of those that have not ended", async () => {
    const consumer = tenant.newConsumer();
    const paths = await Promise.all(Array.from({ length: 100 }, () => create(consumer)));
    const body = FEED;
    const one = (): ReturnType<Consumer["call"]> =>
      consumer.call("POST", `${tenant.url}/subscriptions`, { body });
    expect(await one()).toMatchObject({
      status: 422,
      body: { detail: "an organisation has at most 100 subscriptions here; end one first" },
    });
    await ok(consumer.call("DELETE", paths[0] ?? ""));
    expect(await one()).toMatchObject({ status: 201 });
  });

  test("asks for kinds: others of the topic are not told, and take no number", async () => {
    const person = newPerson();
    const consumer = await tenant.agreedConsumer();
    await tenant.relate(consumer, person);
    const path = await create(consumer, { ...FEED, kinds: ["glucose", "weight"] });
    await addPerson(consumer, path, person);
    for (const kind of ["temperature", "weight", "glucose"]) await tenant.publish(person, { kind });
    await tenant.publish(person);
    await tenant.settled();
    const { body, text } = await consumer.call("GET", `${path}/events`);
    expect(body).toMatchObject({ last: "3" });
    expect(text).not.toContain("glucose");
  });
});

test("only subscribers subscribe", async () => {
  const publisher = system.as({
    client: "test",
    scopes: [`${EVENTS_AUDIENCE}/publish`],
    organisation: { parent: tenant.number },
  });
  expect(await publisher("POST", `${tenant.url}/subscriptions`, { body: FEED })).toMatchObject({
    status: 403,
    body: { detail: "this needs the scope subscribe at this controller" },
  });
});
