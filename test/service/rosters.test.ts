import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handleOf } from "#schemas/handle";
import { persons } from "../support/identity-numbers.ts";
import { newPerson } from "../support/newcomers.ts";
import { SINCE } from "../support/story.ts";
import { type Consumer, ok, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

const FEED = { topics: ["measurement"], delivery: { way: "feed" } };

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

type Roster = { handles: string[]; revision: number };

async function putRoster(consumer: Consumer, path: string, body: unknown): Promise<Roster> {
  return JSON.parse((await ok(consumer.call("PUT", `${path}/roster`, { body }))).text);
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

describe("a roster", () => {
  test("answers with the consumer's handle: the same for the same person, another for another consumer", async () => {
    const person = newPerson();
    const handles = [];
    for (const consumer of [tenant.newConsumer(), tenant.newConsumer()]) {
      const path = await create(consumer);
      const { handle } = await addPerson(consumer, path, person);
      expect((await addPerson(consumer, path, person)).handle).toBe(handle);
      expect((await addPerson(consumer, await create(consumer), person)).handle).toBe(handle);
      expect(
        (await putRoster(consumer, path, { patients: [newPerson(), person] })).handles[1],
      ).toBe(handle);
      handles.push(handle);
    }
    expect(new Set(handles).size).toBe(2);
  });

  test("is answered alike for a person who is known here and one who is not, to the last number", async () => {
    const consumer = tenant.newConsumer();
    const other = tenant.newConsumer();
    const known = [newPerson(), newPerson(), newPerson()];
    const elsewhere = await create(other);
    for (const person of known) await addPerson(other, elsewhere, person);
    const path = await create(consumer);
    const before = await addPerson(consumer, path, newPerson());

    const shapes: unknown[] = [];
    let { revision } = before;
    for (const person of [known[0] ?? "", newPerson(), known[1] ?? "", newPerson()]) {
      const answer = await consumer.call("POST", `${path}/roster`, { body: { patient: person } });
      const body: { handle: string; revision: number } = JSON.parse(answer.text);
      shapes.push({
        status: answer.status,
        members: Object.keys(body),
        handle: /^[a-p]{32}$/.test(body.handle),
        headers: [...answer.headers.keys()],
        steps: body.revision - revision,
      });
      ({ revision } = body);
    }
    expect(shapes).toEqual(Array.from({ length: 4 }, () => shapes[0]));

    const rosters = [await create(consumer), await create(consumer)];
    const steps: number[] = [];
    for (const [index, person] of [known[2] ?? "", newPerson()].entries()) {
      const start = await addPerson(consumer, path, newPerson());
      const after = await putRoster(consumer, rosters[index] ?? "", { patients: [person] });
      steps.push(after.revision - start.revision);
    }
    expect(steps[0]).toBe(steps[1]);
  });

  test("loses a person by the handle, and then that person's events", async () => {
    const [stays, goes] = [newPerson(), newPerson()];
    const consumer = await tenant.following([stays, goes]);
    const path = `${tenant.url}/subscriptions/${consumer.id}/roster`;
    const goneHandle = consumer.handles[1] ?? "";
    for (const person of [stays, goes]) await tenant.publish(person);
    await tenant.settled();
    await ok(consumer.call("DELETE", `${path}/${goneHandle}`));
    expect(await consumer.call("DELETE", `${path}/${goneHandle}`)).toMatchObject({ status: 404 });
    for (const person of [goes, stays]) await tenant.publish(person);
    await tenant.settled();
    const { events } = await consumer.feed();
    expect(events.map(({ eventnumber, subject }) => [eventnumber, subject])).toEqual([
      ["1", consumer.handles[0]],
      ["2", undefined],
      ["3", consumer.handles[0]],
    ]);
  });

  test("is replaced by a snapshot: those who are not in it leave, the order of the answer is kept", async () => {
    const [first, second, third] = [newPerson(), newPerson(), newPerson()];
    const consumer = await tenant.following([first, second]);
    await tenant.relate(consumer, third);
    const path = `${tenant.url}/subscriptions/${consumer.id}`;
    const { handles } = await putRoster(consumer, path, { patients: [third, second, third] });
    expect(handles[1]).toBe(consumer.handles[1]);
    expect(handles[0]).toBe(handles[2]);
    for (const person of [first, second, third]) await tenant.publish(person);
    await tenant.settled();
    const { events } = await consumer.feed();
    expect(events.map(({ subject }) => subject)).toEqual([handles[1], handles[0]]);
    expect((await putRoster(consumer, path, { patients: [] })).handles).toEqual([]);
    await tenant.publish(third);
    await tenant.settled();
    expect(await consumer.feed()).toMatchObject({ last: "2" });
  });

  test("gives with its basis a relationship to all, which only the controller may call more than asserted", async () => {
    const person = newPerson();
    const consumer = await tenant.agreedConsumer();
    const path = await create(consumer);
    const basis = { class: "asserted", validity: { from: SINCE }, reference: "fastlegeliste" };
    for (const ofClass of ["register", "source-recorded"]) {
      const body = { patients: [person], basis: { ...basis, class: ofClass } };
      expect(await consumer.call("PUT", `${path}/roster`, { body })).toMatchObject({ status: 403 });
    }
    await putRoster(consumer, path, { patients: [person], basis });
    await tenant.publish(person);
    await tenant.settled();
    expect((await consumer.call("GET", `${path}/events`)).body).toMatchObject({ last: "1" });
    await putRoster(consumer, path, { patients: [person] });
    const { body } = await consumer.call("GET", `${path}/events`);
    expect(body).toMatchObject({
      events: [{ type: "no.hendelsesstrom.notification.withdrawn.v1" }],
    });
  });

  test("takes no more room in the log the more often it changes", async () => {
    const consumer = tenant.newConsumer();
    const path = await create(consumer);
    const handles = [];
    for (let count = 0; count < 5; count += 1)
      handles.push((await addPerson(consumer, path, newPerson())).handle);
    for (const handle of handles) await ok(consumer.call("DELETE", `${path}/roster/${handle}`));
    const nats = await system.natsAs(system.site.municipality.service);
    const { state } = await (await jetstreamManager(nats)).streams.info("POLICY");
    await nats.close();
    expect(state.messages).toBe(state.num_subjects);
    expect(state.messages).toBeLessThan(state.last_seq);
  });

  test.each([
    [{ patients: ["14915110128"] }, "#/patients/0"],
    [{ patients: ["1491511012"] }, "#/patients/0"],
    [{ patients: [14915110127] }, "#/patients/0"],
    [{ patients: "14915110127" }, "#/patients"],
    [{ patients: [], basis: { class: "asserted" } }, "#/basis"],
    [{}, "#"],
  ])("%j is no snapshot", async (body, pointer) => {
    const consumer = tenant.newConsumer();
    const answer = await consumer.call("PUT", `${await create(consumer)}/roster`, { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(answer.text).not.toContain("149151101");
  });

  test("holds 10,000 persons in one snapshot, and not one more", async () => {
    const consumer = await tenant.agreedConsumer();
    const path = await create(consumer);
    const patients = persons(10_001);
    const tooMany = await consumer.call("PUT", `${path}/roster`, { body: { patients } });
    expect(tooMany).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "#/patients", detail: "must NOT have more than 10000 items" }] },
    });
    const { handles } = await putRoster(consumer, path, { patients: patients.slice(1) });
    expect(new Set(handles).size).toBe(10_000);
    expect(handles[0]).toMatch(/^[a-p]{32}$/);
    expect(handles).not.toContain(
      handleOf(tenant.keys.handle, patients[0] ?? "", { consumer: consumer.organisation }),
    );
  }, 30_000);
});
