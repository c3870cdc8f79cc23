import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { validateLifecycleEvent, validateNotification } from "#schemas/notification";
import { newPerson } from "../support/newcomers.ts";
import {
  type Answering,
  type Receiver,
  type ReceivedCall,
  startReceiver,
  withStatus,
} from "../support/receiver.ts";
import { type Consumer, ok, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

type Hooked = {
  consumer: Consumer;
  receiver: Receiver;
  path: string;
  secret: string;
  person: string;
  handle: string;
  state: () => Promise<string>;
};

/** A consumer in a care relationship whose endpoint answers as told, from the validation on. */
async function subscribed(first: Answering = withStatus(204)): Promise<Hooked> {
  const receiver = await startReceiver(first);
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  const consumer = await tenant.agreedConsumer();
  const person = newPerson();
  await tenant.relate(consumer, person);
  const body = {
    topics: ["measurement"],
    delivery: { way: "webhook", url: `${receiver.url}/hook` },
  };
  const made = await ok(consumer.call("POST", `${tenant.url}/subscriptions`, { body }));
  const { id, delivery } = JSON.parse(made.text);
  expect(made.body).toMatchObject({
    state: "pending",
    delivery: { secret: expect.stringMatching(/^whsec_/) },
  });
  const path = `${tenant.url}/subscriptions/${id}`;
  const added = await ok(consumer.call("POST", `${path}/roster`, { body: { patient: person } }));
  return {
    consumer,
    receiver,
    path,
    secret: delivery.secret,
    person,
    handle: JSON.parse(added.text).handle,
    state: async () => Object((await consumer.call("GET", path)).body).state,
  };
}

/** The same, once it is active; calls are counted from there. */
async function active(): Promise<Hooked> {
  const hooked = await subscribed();
  await expect.poll(hooked.state, { timeout: 10_000 }).toBe("active");
  return hooked;
}

/** What a call brought, if it is genuine by Standard Webhooks' own library. */
function opened(secret: string, { body, headers }: ReceivedCall): Record<string, string> {
  const signed = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value ?? ""]),
  );
  new Webhook(secret).verify(body, signed);
  return JSON.parse(body);
}

test("an endpoint that takes the signed validation event makes the subscription active, and is brought its events", async () => {
  const { receiver, secret, consumer, path, state, person, handle } = await subscribed(
    (_call, index, response) => response.writeHead(index === 0 ? 500 : 204).end(),
  );
  const [refused] = await receiver.called(1);
  expect(await state()).toBe("pending");
  const [, taken] = await receiver.called(2);
  for (const call of [refused, taken]) {
    if (call === undefined) throw new Error("no call");
    expect(call).toMatchObject({
      method: "POST",
      path: "/hook",
      headers: { "content-type": "application/cloudevents+json" },
    });
    const event = opened(secret, call);
    expect(validateLifecycleEvent(event)).toMatchObject({ valid: true });
    expect(event).toMatchObject({
      type: LIFECYCLE_TYPES.validation,
      subscription: path.split("/").at(-1),
    });
  }
  await expect.poll(state, { timeout: 10_000 }).toBe("active");
  const described = (await consumer.call("GET", path)).body;
  expect(described).toMatchObject({ delivery: { way: "webhook", url: `${receiver.url}/hook` } });
  expect(JSON.stringify(described)).not.toContain("whsec_");

  for (let count = 0; count < 5; count += 1) await tenant.publish(person);
  const brought = (await receiver.called(7))
    .slice(2)
    .map((call) => ({ call, event: opened(secret, call) }));
  for (const { call, event } of brought) {
    expect(validateNotification(event)).toMatchObject({ valid: true, value: { subject: handle } });
    expect(call.headers["webhook-id"]).toBe(event["id"]);
  }
  expect(brought.map(({ event }) => event["eventnumber"])).toEqual(["1", "2", "3", "4", "5"]);
  const feed = JSON.parse((await consumer.call("GET", `${path}/events`)).text);
  expect(feed.events).toEqual(brought.map(({ event }) => event));
}, 30_000);

test("what fails is tried again as it was until it is taken, and nothing overtakes it", async () => {
  const { receiver, secret, person } = await active();
  const before = receiver.calls.length;
  const answers = [500, 302, 204, 429, 204, 204];
  receiver.answer((_call, index, response) =>
    response
      .writeHead(answers[index - before] ?? 204, { location: `${receiver.url}/elsewhere` })
      .end(),
  );
  for (let count = 0; count < 3; count += 1) await tenant.publish(person);
  const calls = (await receiver.called(before + 6)).slice(before);
  expect(calls.map((call) => opened(secret, call)["eventnumber"])).toEqual([
    "1",
    "1",
    "1",
    "2",
    "2",
    "3",
  ]);
  expect(new Set(calls.slice(0, 3).map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(new Set(calls.slice(0, 3).map(({ body }) => body)).size).toBe(1);
  expect(calls.map(({ path }) => path)).toEqual(Array.from({ length: 6 }, () => "/hook"));
}, 30_000);

test("a block that is set between two attempts: the event is not sent again, but withdrawn", async () => {
  const { receiver, secret, person, handle } = await active();
  const before = receiver.calls.length;
  receiver.answer(withStatus(500));
  await tenant.publish(person);
  await receiver.called(before + 1);
  const body = { patient: person, scope: { kind: "everyone" } };
  await ok(tenant.controller("PUT", `${tenant.url}/blocks/between`, { body }));
  const attempted = receiver.calls.length;
  receiver.answer(withStatus(204));
  const [next] = (await receiver.called(attempted + 1)).slice(attempted);
  if (next === undefined) throw new Error("no call");
  const event = opened(secret, next);
  expect(event).toMatchObject({ type: LIFECYCLE_TYPES.withdrawn, eventnumber: "1" });
  expect(next.body).not.toContain(handle);
}, 30_000);

test("410 ends the attempts, and others go on", async () => {
  const gone = await active();
  const other = await active();
  const before = gone.receiver.calls.length;
  gone.receiver.answer(withStatus(410));
  await tenant.relate(gone.consumer, other.person);
  await ok(gone.consumer.call("POST", `${gone.path}/roster`, { body: { patient: other.person } }));
  const start = other.receiver.calls.length;
  await tenant.publish(other.person);
  await gone.receiver.called(before + 1);
  for (let count = 0; count < 3; count += 1) await tenant.publish(other.person);
  await other.receiver.called(start + 4);
  expect(gone.receiver.calls).toHaveLength(before + 1);
}, 30_000);

test("a receiver that does not answer keeps no other waiting", async () => {
  const [slow, quick] = [await active(), await active()];
  const before = slow.receiver.calls.length;
  slow.receiver.answer(() => undefined);
  await tenant.publish(slow.person);
  await slow.receiver.called(before + 1);
  const start = quick.receiver.calls.length;
  await tenant.publish(quick.person);
  await quick.receiver.called(start + 1);
  expect(slow.receiver.calls).toHaveLength(before + 1);
}, 30_000);

test("a subscription that ends is brought nothing more", async () => {
  const { receiver, consumer, path, person, state } = await active();
  const before = receiver.calls.length;
  receiver.answer(withStatus(500));
  await tenant.publish(person);
  await receiver.called(before + 1);
  await ok(consumer.call("DELETE", path));
  const after = receiver.calls.length;
  expect(await state()).toBe("ended");
  // Another's retry takes as long as this one's would.
  const other = await active();
  const start = other.receiver.calls.length;
  other.receiver.answer((_call, index, response) =>
    response.writeHead(index === start ? 500 : 204).end(),
  );
  await tenant.publish(other.person);
  await other.receiver.called(start + 2);
  expect(receiver.calls).toHaveLength(after);
}, 30_000);

test("after a restart what was taken is not brought again, and what was not is", async () => {
  const { receiver, secret, person } = await active();
  const before = receiver.calls.length;
  await tenant.publish(person);
  await tenant.publish(person);
  await receiver.called(before + 2);
  receiver.answer(withStatus(503));
  await tenant.publish(person);
  await receiver.called(before + 3);
  await system.service().kill();
  receiver.answer(withStatus(204));
  const killed = receiver.calls.length;
  await system.restartService();
  await tenant.publish(person);
  const numbers = (await receiver.called(killed + 2))
    .slice(killed)
    .map((call) => opened(secret, call)["eventnumber"]);
  // The one before the last may have been taken without its cursor being kept: at least once.
  expect(numbers.filter((number) => number !== "2")).toEqual(["3", "4"]);
}, 30_000);
