import { jetstreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { notificationIdOf } from "#schemas/handle";
import { newPerson } from "../support/newcomers.ts";
import { produce } from "../support/produce.ts";
import { type FeedPage, measurementEvent, readFeed } from "../support/story.ts";
import { ok, openTenant } from "../support/tenant.ts";
import { startTestSite } from "../support/test-site.ts";

const EVENTS = 500;

test("two processes of the service on one tenant: each notification once, numbers without holes, at either", async () => {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const people = [newPerson(), newPerson()];
  const consumers = [await tenant.following(people), await tenant.following(people.slice(1))];
  const other = await system.anotherService();
  const urls = [tenant.url, `${String(other.ready["url"])}/tenants/${tenant.number}`];

  const events = people.flatMap((person) =>
    Array.from({ length: EVENTS / 2 }, () => measurementEvent(tenant.number, person)),
  );
  const source = await system.natsAs(system.site.municipality.source);
  onTestFinished(() => source.close());
  // Policy changes at both while events flow: each makes a writer commit, too.
  const changes = urls.map(async (url, index) => {
    for (let round = 0; round < 10; round += 1)
      await ok(
        tenant.controller("PUT", `${url}/blocks/other-${index}-${round}`, {
          body: { patient: newPerson(), scope: { kind: "everyone" } },
        }),
      );
  });
  await Promise.all([produce(source, events, { keys: tenant.keys }), ...changes]);

  for (const [index, { id, call, organisation }] of consumers.entries()) {
    const own = events.slice(index === 0 ? 0 : EVENTS / 2);
    const ids = own.map((event) =>
      notificationIdOf(
        tenant.keys.handle,
        { source: event["source"] ?? "", id: event["id"] ?? "" },
        { consumer: organisation },
      ),
    );
    for (const url of urls) {
      const received = await readFeed(call, url, { id, count: own.length });
      expect(received).toHaveLength(ids.length);
      expect(new Set(received.map((event) => event["id"]))).toEqual(new Set(ids));
      expect(received.map((event) => event["eventnumber"])).toEqual(
        Array.from({ length: own.length }, (_, at) => String(at + 1)),
      );
    }
  }
  const nats = await system.natsAs(system.site.municipality.service);
  onTestFinished(() => nats.close());
  await assertOneAccount(await jetstreamManager(nats));
}, 60_000);

/** The records of both, in the order that they were committed in, are one chain under ever newer policy. */
async function assertOneAccount(
  manager: Awaited<ReturnType<typeof jetstreamManager>>,
): Promise<void> {
  let [event, policyRev] = [0, 0];
  let records = 0;
  for await (const message of await manager.direct.getBatch("OUT", {
    next_by_subj: "rec",
    seq: 1,
    batch: 10_000,
  })) {
    const record = message.json<{ cursor: { event: number }; policyRev: number }>();
    expect(record.cursor.event).toBeGreaterThanOrEqual(event);
    expect(record.policyRev).toBeGreaterThanOrEqual(policyRev);
    event = record.cursor.event;
    policyRev = record.policyRev;
    records += 1;
  }
  expect(records).toBeGreaterThan(20);
}

test("whoever waits at the one is woken by what the other commits, and the last number is no older than the events", async () => {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const person = newPerson();
  const { id, call } = await tenant.following([person]);
  const other = await system.anotherService();
  const urls = [tenant.url, `${String(other.ready["url"])}/tenants/${tenant.number}`];
  let cursors = ["", ""];
  for (let number = 1; number <= 20; number += 1) {
    const waiting = urls.map((url, index) =>
      call("GET", `${url}/subscriptions/${id}/events?wait=20${cursors[index]}`),
    );
    await tenant.publish(person);
    const pages: FeedPage[] = (await Promise.all(waiting)).map(({ text }) => JSON.parse(text));
    for (const { events, last } of pages) {
      expect(events.map(({ eventnumber }) => eventnumber)).toEqual([String(number)]);
      expect(last).toBe(String(number));
    }
    cursors = pages.map(({ cursor }) => `&after=${cursor}`);
  }
}, 60_000);
