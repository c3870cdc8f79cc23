import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { validateNotification } from "#schemas/notification";
import { newPerson } from "../support/newcomers.ts";
import { publish, measurementEvent } from "../support/story.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

async function publishMany(person: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => measurementEvent(tenant.number, person));
  await publish(tenant.controller, tenant.url, events);
  await tenant.settled();
}

const upTo = (last: number, first = 1): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));

test("an empty feed gives a cursor to go on from", async () => {
  const person = newPerson();
  const { feed } = await tenant.following([person]);
  const empty = await feed();
  expect(empty).toEqual({ events: [], cursor: expect.stringMatching(/^[a-z0-9]+\.0$/), last: "0" });
  await publishMany(person, 1);
  expect((await feed(`?after=${empty.cursor}`)).events).toMatchObject([{ eventnumber: "1" }]);
});

test("pages of any size hold each event once, in order, and all of them are as the contract says", async () => {
  const person = newPerson();
  const { feed, handles, id } = await tenant.following([person]);
  await publishMany(person, 25);
  for (const limit of [1, 7, 25, 1000]) {
    const numbers: (string | undefined)[] = [];
    let after = "";
    for (let events = (await feed(`?limit=${limit}`)).events; events.length > 0;) {
      const page = await feed(`?limit=${limit}${after}`);
      after = `&after=${page.cursor}`;
      ({ events } = page);
      expect(events.length).toBeLessThanOrEqual(limit);
      expect(page.last).toBe("25");
      for (const event of events)
        expect(validateNotification(event)).toMatchObject({
          valid: true,
          value: { subject: handles[0], subscription: id },
        });
      numbers.push(...events.map(({ eventnumber }) => eventnumber));
    }
    expect(numbers).toEqual(upTo(25));
  }
  expect((await feed()).events).toHaveLength(25);
});

test("a hundred come when no limit is given, and the same page at each asking", async () => {
  const person = newPerson();
  const { feed } = await tenant.following([person]);
  await publishMany(person, 120);
  const first = await feed();
  expect(first.events).toHaveLength(100);
  expect(await feed()).toEqual(first);
  const rest = await feed(`?after=${first.cursor}`);
  expect(rest.events.map(({ eventnumber }) => eventnumber)).toEqual(upTo(120, 101));
  expect(await feed(`?after=${rest.cursor}`)).toEqual({
    events: [],
    cursor: rest.cursor,
    last: "120",
  });
});

test("whoever waits is answered as soon as an event comes, and several are", async () => {
  const person = newPerson();
  const { feed } = await tenant.following([person]);
  const waiting = [1, 2, 3].map(async () => {
    const page = await feed("?wait=20");
    return { page, at: performance.now() };
  });
  const publishedAt = performance.now();
  await tenant.publish(person);
  for (const { page, at } of await Promise.all(waiting)) {
    expect(page.events).toMatchObject([{ eventnumber: "1" }]);
    expect(at - publishedAt).toBeLessThan(5000);
  }
});

test("whoever waits in vain is answered when the time is up, not by what others are told", async () => {
  const [person, other] = [newPerson(), newPerson()];
  const { feed } = await tenant.following([person]);
  await tenant.following([other]);
  const startedAt = performance.now();
  const waiting = feed("?wait=1");
  await publishMany(other, 1);
  expect(await waiting).toMatchObject({ events: [], last: "0" });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1000);
});

test("a subscription that ends while its feed is waited for tells nothing", async () => {
  const person = newPerson();
  const { feed, call, id } = await tenant.following([person]);
  const waiting = feed("?wait=2");
  await call("DELETE", `${tenant.url}/subscriptions/${id}`);
  await tenant.publish(person);
  expect(await waiting).toMatchObject({ events: [], last: "0" });
});

test.each([
  ["after=", "#/after"],
  ["after=1", "#/after"],
  ["after=abc", "#/after"],
  ["after=abc.", "#/after"],
  ["after=abc.-1", "#/after"],
  ["after=abc.1e3", "#/after"],
  [`after=abc.${"9".repeat(17)}`, "#/after"],
  ["after=a.1&after=a.2", "#/after"],
  ["limit=0", "#/limit"],
  ["limit=1001", "#/limit"],
  ["limit=ten", "#/limit"],
  ["limit=1.5", "#/limit"],
  ["wait=-1", "#/wait"],
  ["wait=31", "#/wait"],
  ["waiting=1", "#"],
])("?%s is refused", async (query, pointer) => {
  const { call, id } = await tenant.following([]);
  const answer = await call("GET", `${tenant.url}/subscriptions/${id}/events?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
});

test("a cursor from before the log was made anew is refused as a conflict", async () => {
  const { call, feed, id } = await tenant.following([]);
  const { cursor } = await feed();
  const answer = await call("GET", `${tenant.url}/subscriptions/${id}/events?after=x${cursor}`);
  expect(answer).toMatchObject({
    status: 409,
    body: {
      type: "https://hendelsesstrom.example/problems/conflict",
      detail: "the cursor is from before the log was made anew; start again without it",
    },
  });
});

test("a cursor past the end is an empty page", async () => {
  const person = newPerson();
  const { feed } = await tenant.following([person]);
  await publishMany(person, 2);
  const [epoch] = (await feed()).cursor.split(".");
  const beyond = `${epoch}.${"9".repeat(16)}`;
  expect(await feed(`?after=${beyond}`)).toMatchObject({ events: [], last: "2" });
});

test("the answer may not be kept by anyone on the way", async () => {
  const { call, id } = await tenant.following([]);
  const { headers } = await call("GET", `${tenant.url}/subscriptions/${id}/events`);
  expect(headers.get("cache-control")).toBe("no-store");
});

test("nothing of an event outlives the answer: the log holds it in the tenant's own names only", async () => {
  const person = newPerson();
  const { feed, handles, id } = await tenant.following([person]);
  await publishMany(person, 1);
  const [event] = (await feed()).events;
  const nats = await system.natsAs(system.site.municipality.service);
  const stored = await (
    await jetstreamManager(nats)
  ).direct.getMessage("OUT", { last_by_subj: `d.${id}` });
  await nats.close();
  const text = stored?.string() ?? "";
  expect(JSON.parse(text)).toMatchObject({
    number: 1,
    patient: expect.stringMatching(/^[a-p]{32}$/),
  });
  for (const own of [handles[0], event?.["id"], event?.["dataref"], person])
    expect(text).not.toContain(own);
});
