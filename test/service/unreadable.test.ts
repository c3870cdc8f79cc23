import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { publishAtomically } from "#broker/log/atomic-batch";
import { aliasOf } from "#schemas/alias";
import { sealEntry } from "#schemas/sealed-entry";
import { newPerson } from "../support/newcomers.ts";
import { change } from "../support/policy-messages.ts";
import { measurementEvent } from "../support/story.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

/** It is known at once that a stopped tenant puts nothing in force: nobody is kept waiting to hear it. */
const SOON_MS = 5000;

async function opened(): Promise<{ system: TestSite; tenant: TestTenant; nats: NatsConnection }> {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const nats = await system.natsAs(system.site.municipality.service);
  onTestFinished(() => nats.close());
  return { system, tenant, nats };
}

async function records(
  nats: NatsConnection,
): Promise<{ skipped: unknown[]; decisions: unknown[] }[]> {
  const manager = await jetstreamManager(nats);
  const found = [];
  for await (const message of await manager.direct.getBatch("OUT", {
    next_by_subj: "rec",
    seq: 1,
    batch: 10_000,
  }))
    found.push(message.json<{ skipped: unknown[]; decisions: unknown[] }>());
  return found;
}

test("events that cannot be read are passed over by name, and the next one is told", async () => {
  const { system, tenant, nats } = await opened();
  const person = newPerson();
  const { feed } = await tenant.following([person]);
  const alias = aliasOf(tenant.keys.alias, person);
  const source = await system.natsAs(system.site.municipality.source);
  onTestFinished(() => source.close());
  const sound = { ...measurementEvent(tenant.number, person), subject: alias };
  const publish = async (subject: string, body: unknown): Promise<number> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return (await jetstream(source).publish(subject, text)).seq;
  };
  const place = `ev.measurement.${alias}`;
  const skipped = [
    { event: await publish(place, "not JSON"), reason: "unreadable" },
    { event: await publish(place, ""), reason: "unreadable" },
    { event: await publish(place, { ...sound, data: { value: 7 } }), reason: "unreadable" },
    { event: await publish(place, { ...sound, id: person }), reason: "unreadable" },
    { event: await publish("ev.x", sound), reason: "subject-mismatch" },
    { event: await publish(`ev.plan.${alias}`, sound), reason: "subject-mismatch" },
    {
      event: await publish(place, { ...sound, source: "urn:no:orgnr:213456024:plan" }),
      reason: "foreign-source",
    },
  ];
  await publish(place, sound);
  await tenant.settled();
  expect(await feed()).toMatchObject({ events: [{ eventnumber: "1" }], last: "1" });
  expect((await records(nats)).flatMap((record) => record.skipped)).toEqual(skipped);
  expect((await fetch(`${system.serviceUrl}/health/ready`)).status).toBe(200);
}, 30_000);

test("policy that cannot be read stops the tenant: nothing is decided or told from there on, and it says so", async () => {
  const { system, tenant, nats } = await opened();
  const person = newPerson();
  const consumer = await tenant.following([person]);
  await tenant.publish(person);
  await tenant.settled();
  const other = system.controller(system.site.hospital.organisation.number);
  const hospital = system.tenantUrl(system.site.hospital.organisation.number);

  await jetstream(nats).publish("pol.consent.x", JSON.stringify({ patient: person }));
  const ready = () => fetch(`${system.serviceUrl}/health/ready`);
  await expect.poll(async () => (await ready()).status).toBe(503);
  const decidedBefore = (await records(nats)).flatMap(({ decisions }) => decisions).length;
  await tenant.publish(person);
  const path = `${tenant.url}/subscriptions/${consumer.id}/events`;
  for (const query of ["", "?wait=1", "?limit=1"]) {
    const answer = await consumer.call("GET", path + query);
    expect(answer).toMatchObject({ status: 503 });
    expect(answer.headers.get("retry-after")).toBe("1");
  }
  const stoppedAt = performance.now();
  const refused = await tenant.newConsumer().call("POST", `${tenant.url}/subscriptions`, {
    body: { topics: ["plan"], delivery: { way: "feed" } },
  });
  expect(refused).toMatchObject({ status: 503 });
  const body = { patient: newPerson(), scope: { kind: "everyone" } };
  expect(await tenant.controller("PUT", `${tenant.url}/blocks/b`, { body })).toMatchObject({
    status: 503,
  });
  expect(performance.now() - stoppedAt).toBeLessThan(SOON_MS);
  // Another tenant of the same process goes on.
  expect(await other("PUT", `${hospital}/blocks/b`, { body })).toMatchObject({ status: 200 });
  expect((await records(nats)).flatMap(({ decisions }) => decisions)).toHaveLength(decidedBefore);
  expect(system.service().log()).not.toContain(person);
}, 30_000);

test("a log that is deleted stops the tenant, and it says so", async () => {
  const { system, tenant, nats } = await opened();
  const consumer = await tenant.following([newPerson()]);
  await (await jetstreamManager(nats)).streams.delete("EVENTS");
  const ready = async () => (await fetch(`${system.serviceUrl}/health/ready`)).status;
  await expect.poll(ready, { timeout: 15_000 }).toBe(503);
  const path = `${tenant.url}/subscriptions/${consumer.id}/events`;
  expect(await consumer.call("GET", path)).toMatchObject({ status: 503 });
}, 30_000);

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

test("an event with 2,500 recipients is told to each of them, once", async () => {
  const { tenant, nats } = await opened();
  const person = newPerson();
  const alias = aliasOf(tenant.keys.alias, person);
  const patient = "c".repeat(32);
  const consumers = await Promise.all(Array.from({ length: 25 }, tenant.agreedConsumer));
  const ids = Array.from({ length: 2500 }, (_, index) =>
    String(index)
      .padStart(32, "0")
      .replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? ""),
  );
  const delivery = { way: "feed" };
  const basis = {
    class: "asserted",
    validity: { from: "2026-01-01T00:00:00Z" },
    reference: "liste",
  };
  const messages = [
    {
      subject: `pol.alias.${alias}`,
      data: encode({ sealedPatient: sealEntry(tenant.keys.table, alias, patient) }),
    },
    ...ids.flatMap((id, index) => [
      {
        subject: `pol.subscription.${id}`,
        data: encode({
          consumer: consumers[index % consumers.length]?.organisation,
          topics: ["measurement"],
          delivery,
          state: "active",
          change,
        }),
      },
      { subject: `pol.roster.${id}.0`, data: encode({ patients: [patient], basis, change }) },
    ]),
  ];
  for (let start = 0; start < messages.length; start += 1000)
    expect(await publishAtomically(nats, messages.slice(start, start + 1000))).toMatchObject({
      kind: "committed",
    });
  await tenant.agreedConsumer(); // answered when all policy before it is in force
  await tenant.publish(person);
  await tenant.settled();
  const manager = await jetstreamManager(nats);
  const { state } = await manager.streams.info("OUT", { subjects_filter: "d.*" });
  const told = ids.filter((id) => state.subjects?.[`d.${id}`] === 1);
  expect(told).toHaveLength(2500);
}, 30_000);
