import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newOrganisation, newPerson } from "../support/newcomers.ts";
import { relationship, SINCE, subscribe } from "../support/story.ts";
import { ok, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

const WITHDRAWN = "no.hendelsesstrom.notification.withdrawn.v1";
const notFound = {
  status: 404,
  body: {
    type: "https://hendelsesstrom.example/problems/not-found",
    title: "There is nothing here",
    status: 404,
  },
};

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

describe("care relationships", () => {
  test("that are ended silence what rests on them", async () => {
    const person = newPerson();
    const consumer = await tenant.agreedConsumer();
    const id = await tenant.relate(consumer, person);
    const subscribed = await subscribe(consumer.call, tenant.url, {
      topic: "measurement",
      patients: [person],
    });
    const read = () => consumer.call("GET", `${tenant.url}/subscriptions/${subscribed.id}/events`);
    await tenant.publish(person);
    await tenant.settled();
    expect((await read()).body).toMatchObject({ events: [{ subject: subscribed.handles[0] }] });
    await ok(tenant.controller("DELETE", `${tenant.url}/care-relationships/${id}`));
    expect((await read()).body).toMatchObject({ events: [{ type: WITHDRAWN }] });
    await tenant.publish(person);
    await tenant.settled();
    expect((await read()).body).toMatchObject({ last: "1" });
  });

  test("of one consumer say nothing of another, nor of another patient", async () => {
    const [person, other] = [newPerson(), newPerson()];
    const related = await tenant.following([person]);
    const consumer = await tenant.agreedConsumer();
    const { id } = await subscribe(consumer.call, tenant.url, {
      topic: "measurement",
      patients: [person, other],
    });
    await tenant.relate(consumer, other);
    await tenant.publish(person);
    await tenant.settled();
    const unrelated = await consumer.call("GET", `${tenant.url}/subscriptions/${id}/events`);
    expect(unrelated.body).toMatchObject({ events: [], last: "0" });
    expect(await related.feed()).toMatchObject({ last: "1" });
  });

  test("count up to their end: what was told before is withdrawn after, by time alone", async () => {
    const person = newPerson();
    const consumer = await tenant.agreedConsumer();
    const path = `${tenant.url}/care-relationships/soon-over-${consumer.organisation}`;
    const body = (validity: unknown): unknown => ({
      ...Object(relationship(consumer.organisation, person)),
      validity,
    });
    const { id } = await subscribe(consumer.call, tenant.url, {
      topic: "measurement",
      patients: [person],
    });
    const events = async (): Promise<unknown[]> => {
      const answer = await consumer.call("GET", `${tenant.url}/subscriptions/${id}/events`);
      return JSON.parse(answer.text).events;
    };
    for (const validity of [{ from: SINCE, to: inMs(-500) }, { from: inMs(60_000) }]) {
      await ok(tenant.controller("PUT", path, { body: body(validity) }));
      await tenant.publish(person);
      await tenant.settled();
      expect(await events()).toEqual([]);
    }
    const end = Date.now() + 1500;
    await ok(
      tenant.controller("PUT", path, {
        body: body({ from: SINCE, to: new Date(end).toISOString() }),
      }),
    );
    await tenant.publish(person);
    await tenant.settled();
    expect(await events()).toMatchObject([{ type: "no.hendelsesstrom.measurement.created.v1" }]);
    expect(Date.now()).toBeLessThan(end);
    await expect.poll(events, { timeout: 5000 }).toMatchObject([{ type: WITHDRAWN }]);
    expect(Date.now()).toBeGreaterThanOrEqual(end);
  });

  test("a consumer asserts for itself only", async () => {
    const person = newPerson();
    const consumer = await tenant.agreedConsumer();
    const path = `${tenant.url}/care-relationships/own`;
    const own = { ...Object(relationship(consumer.organisation, person)), class: "asserted" };
    const refusal = {
      status: 403,
      body: { detail: "a consumer enters asserted relationships of its own only" },
    };
    for (const body of [
      { ...own, class: "source-recorded" },
      { ...own, class: "register" },
      { ...own, consumer: newOrganisation() },
    ])
      expect(await consumer.call("PUT", path, { body })).toMatchObject(refusal);
    await ok(consumer.call("PUT", path, { body: own }));
    const { id } = await subscribe(consumer.call, tenant.url, {
      topic: "measurement",
      patients: [person],
    });
    await tenant.publish(person);
    await tenant.settled();
    const told = await consumer.call("GET", `${tenant.url}/subscriptions/${id}/events`);
    expect(told.body).toMatchObject({ last: "1" });
  });

  test("are ended by their author, or by the controller in the author's name", async () => {
    const consumer = await tenant.agreedConsumer();
    const other = tenant.newConsumer();
    const path = `${tenant.url}/care-relationships/mine`;
    const body = { ...Object(relationship(consumer.organisation, newPerson())), class: "asserted" };
    await ok(consumer.call("PUT", path, { body }));
    const byAuthor = `${path}?author=${consumer.organisation}`;
    expect(await other.call("DELETE", path)).toMatchObject(notFound);
    expect(await other.call("DELETE", byAuthor)).toMatchObject({ status: 403 });
    expect(await tenant.controller("DELETE", path)).toMatchObject(notFound);
    expect(await tenant.controller("DELETE", byAuthor)).toMatchObject({ status: 200 });
    expect(await consumer.call("DELETE", byAuthor)).toMatchObject({ status: 200 });
    const entered = await tenant.relate(consumer, newPerson());
    expect(
      await consumer.call("DELETE", `${tenant.url}/care-relationships/${entered}`),
    ).toMatchObject(notFound);
  });
});
