import { expect, onTestFinished, test } from "vitest";
import { newPerson } from "../support/newcomers.ts";
import { startReceiver } from "../support/receiver.ts";
import { measurementEvent } from "../support/story.ts";
import { openTenant } from "../support/tenant.ts";
import { startTestSite } from "../support/test-site.ts";

/** A stop is asked for: requests under way get this long, and no more. */
const STOP_MS = 5000;

async function opened() {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const health = async (which: string) => {
    const response = await fetch(`${system.serviceUrl}/health/${which}`);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  return { system, tenant, health };
}

const unavailable = {
  status: 503,
  body: { type: "https://hendelsesstrom.example/problems/unavailable", status: 503 },
};

test("while the broker is away the service lives, says that it is not ready, and tells and takes nothing", async () => {
  const { system, tenant, health } = await opened();
  const person = newPerson();
  const consumer = await tenant.following([person]);
  await tenant.publish(person);
  await tenant.settled();
  expect(await health("ready")).toEqual({ status: 200, body: { status: "ready" } });
  await using receiver = await startReceiver();
  const delivery = { way: "webhook", url: receiver.url };
  const hooked = await consumer.call("POST", `${tenant.url}/subscriptions`, {
    body: { topics: ["measurement"], delivery },
  });
  const { id }: { id: string } = JSON.parse(hooked.text);
  const describe = () => consumer.call("GET", `${tenant.url}/subscriptions/${id}`);
  await expect.poll(describe).toMatchObject({ body: { state: "active" } });

  await system.nats.stop();
  expect(await health("live")).toEqual({ status: 200, body: { status: "live" } });
  const event = measurementEvent(tenant.number, person);
  const [ready, feed, resume, block, person2, ingested] = await Promise.all([
    health("ready"),
    consumer.call("GET", `${tenant.url}/subscriptions/${consumer.id}/events`),
    consumer.call("POST", `${tenant.url}/subscriptions/${id}/resume`),
    tenant.controller("PUT", `${tenant.url}/blocks/b1`, {
      body: { patient: newPerson(), scope: { kind: "everyone" } },
    }),
    consumer.call("POST", `${tenant.url}/subscriptions/${consumer.id}/roster`, {
      body: { patient: newPerson() },
    }),
    tenant.controller("POST", `${tenant.url}/events`, {
      body: event,
      type: "application/cloudevents+json",
    }),
  ]);
  const checks = [tenant.number, system.site.hospital.organisation.number];
  expect(ready).toMatchObject({
    ...unavailable,
    body: {
      errors: checks.map((number) => ({
        pointer: `#/checks/tenant-${number}`,
        detail: "is failing",
      })),
    },
  });
  for (const answer of [feed, resume, block, person2]) expect(answer).toMatchObject(unavailable);
  expect(ingested).toMatchObject({
    status: 200,
    body: { results: [{ id: event["id"], status: "failed" }] },
  });

  await system.restartNats();
  await expect.poll(() => health("ready"), { timeout: 10_000 }).toMatchObject({ status: 200 });
  const again = await tenant.controller("POST", `${tenant.url}/events`, {
    body: event,
    type: "application/cloudevents+json",
  });
  expect(again.body).toMatchObject({
    results: [{ status: expect.stringMatching(/^(published|duplicate)$/) }],
  });
  await tenant.settled();
  const { events, last } = await consumer.feed();
  expect(events.map(({ eventnumber }) => eventnumber)).toEqual(["1", "2"]);
  expect(last).toBe("2");
}, 60_000);

test("a service that was killed goes on where it was: numbers, cursors, rosters, secrets", async () => {
  const { system, tenant } = await opened();
  const person = newPerson();
  const consumer = await tenant.following([person]);
  await tenant.publish(person);
  await tenant.settled();
  const before = await consumer.feed();
  await system.service().kill();
  await system.restartService();
  expect(await consumer.feed()).toEqual(before);
  await tenant.publish(person);
  await tenant.settled();
  const after = await consumer.feed(`?after=${before.cursor}`);
  expect(after).toMatchObject({
    events: [{ eventnumber: "2", subject: consumer.handles[0] }],
    last: "2",
  });
}, 30_000);

test("a stop ends at once, and whoever waits for events is answered", async () => {
  const { system, tenant } = await opened();
  const consumer = await tenant.following([newPerson()]);
  const waiting = consumer.call("GET", `${tenant.url}/subscriptions/${consumer.id}/events?wait=30`);
  // Another's answer shows that the first request has arrived and waits.
  await consumer.feed();
  const startedAt = performance.now();
  await system.service()[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(STOP_MS);
  expect(await waiting).toMatchObject({ status: 200, body: { events: [] } });
}, 45_000);

test("a stop ends in time while the broker is away", async () => {
  const { system } = await opened();
  await system.nats.stop();
  const startedAt = performance.now();
  await system.service()[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(STOP_MS);
}, 45_000);
