import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newOrganisation, newPerson } from "../support/newcomers.ts";
import { agreement, relationship, SINCE } from "../support/story.ts";
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

function invalid(...errors: { pointer: string; detail: string }[]): object {
  return {
    status: 400,
    body: { type: "https://hendelsesstrom.example/problems/invalid-request", errors },
  };
}

describe("agreements", () => {
  test("are made, read, listed, changed and ended", async () => {
    const { controller, url } = tenant;
    const organisation = newOrganisation();
    const path = `${url}/agreements/${organisation}`;
    expect(await controller("GET", path)).toMatchObject(notFound);
    expect(await controller("DELETE", path)).toMatchObject(notFound);
    const made = await ok(controller("PUT", path, { body: agreement("measurement") }));
    expect(made.body).toEqual({ revision: expect.any(Number) });
    const answer = { consumer: organisation, ...Object(agreement("measurement")), state: "active" };
    expect((await controller("GET", path)).body).toEqual(answer);
    const changed = { ...Object(agreement("plan")), legalBasis: "helsepersonelloven § 45" };
    await ok(controller("PUT", path, { body: changed }));
    expect((await controller("GET", path)).body).toEqual({
      consumer: organisation,
      ...changed,
      state: "active",
    });
    await ok(controller("DELETE", path));
    await ok(controller("DELETE", path));
    expect((await controller("GET", path)).body).toMatchObject({ state: "ended" });
    const { agreements } = JSON.parse((await controller("GET", `${url}/agreements`)).text);
    expect(agreements).toContainEqual({ consumer: organisation, ...changed, state: "ended" });
  });

  test("that end silence what rests on them, and once renewed let it through again", async () => {
    const person = newPerson();
    const consumer = await tenant.following([person]);
    const path = `${tenant.url}/agreements/${consumer.organisation}`;
    await tenant.publish(person);
    await tenant.settled();
    await ok(tenant.controller("DELETE", path));
    await tenant.publish(person);
    await tenant.settled();
    expect(await consumer.feed()).toMatchObject({
      events: [{ type: WITHDRAWN, eventnumber: "1" }],
      last: "1",
    });
    await ok(tenant.controller("PUT", path, { body: agreement("measurement") }));
    await tenant.publish(person);
    await tenant.settled();
    expect(await consumer.feed()).toMatchObject({
      events: [{ eventnumber: "1" }, { eventnumber: "2" }],
    });
  });

  test("count from their start to their end", async () => {
    const person = newPerson();
    const consumer = await tenant.following([person]);
    const path = `${tenant.url}/agreements/${consumer.organisation}`;
    for (const validity of [{ from: inMs(60_000) }, { from: SINCE, to: inMs(-1000) }]) {
      await ok(
        tenant.controller("PUT", path, { body: { ...Object(agreement("measurement")), validity } }),
      );
      await tenant.publish(person);
      await tenant.settled();
      expect(await consumer.feed()).toMatchObject({ events: [], last: "0" });
    }
  });

  test("hold an organisation's number and each topic once", async () => {
    const { controller, url } = tenant;
    const body = agreement("plan");
    expect(await controller("PUT", `${url}/agreements/312345014`, { body })).toMatchObject(
      invalid({
        pointer: "#/consumer",
        detail: "must be an organisation number with a valid control digit",
      }),
    );
    const twice = {
      ...Object(body),
      topics: [
        { topic: "plan", accepts: ["asserted"] },
        { topic: "plan", accepts: ["register"] },
      ],
    };
    expect(
      await controller("PUT", `${url}/agreements/${newOrganisation()}`, { body: twice }),
    ).toMatchObject(invalid({ pointer: "#/topics", detail: "must name each topic once" }));
  });
});

describe("blocks", () => {
  test("of everyone, of one organisation, of one topic; and lifted", async () => {
    const person = newPerson();
    const blocked = await tenant.following([person]);
    const spared = await tenant.following([person]);
    await tenant.publish(person);
    await tenant.settled();
    const path = `${tenant.url}/blocks/b-${blocked.organisation}`;
    const told = async (): Promise<boolean[]> =>
      Promise.all(
        [blocked, spared].map(async ({ feed }) => (await feed()).events[0]?.["type"] !== WITHDRAWN),
      );
    const one = { kind: "organisation", organisation: blocked.organisation };
    for (const [body, expected] of [
      [{ scope: one }, [false, true]],
      [{ scope: { kind: "everyone" } }, [false, false]],
      [{ scope: { kind: "everyone" }, topic: "plan" }, [true, true]],
      [{ scope: one, topic: "measurement" }, [false, true]],
    ] as const) {
      await tenant.controller("DELETE", path); // a set block's id is used: it is lifted first
      await ok(tenant.controller("PUT", path, { body: { patient: person, ...body } }));
      expect(await told()).toEqual(expected);
    }
    await tenant.publish(person);
    await tenant.settled();
    expect([(await blocked.feed()).last, (await spared.feed()).last]).toEqual(["1", "2"]);
    await ok(tenant.controller("DELETE", path));
    await ok(tenant.controller("DELETE", path));
    expect(await told()).toEqual([true, true]);
    expect(await tenant.controller("DELETE", `${path}-unknown`)).toMatchObject(notFound);
  });

  test("of one person leave others alone, and may be of a person whom nobody knows", async () => {
    const person = newPerson();
    const consumer = await tenant.following([person]);
    const scope = { kind: "everyone" };
    await ok(
      tenant.controller("PUT", `${tenant.url}/blocks/other`, {
        body: { patient: newPerson(), scope },
      }),
    );
    await tenant.publish(person);
    await tenant.settled();
    expect(await consumer.feed()).toMatchObject({ last: "1" });
  });

  test("once the call has returned, no event that came before it or after is told", async () => {
    const people = Array.from({ length: 10 }, newPerson);
    const consumer = await tenant.following(people);
    for (const [index, person] of people.entries()) {
      const under = Promise.all(Array.from({ length: 5 }, () => tenant.publish(person)));
      const body = { patient: person, scope: { kind: "everyone" } };
      await ok(tenant.controller("PUT", `${tenant.url}/blocks/race-${index}`, { body }));
      const { events } = await consumer.feed("?limit=1000");
      expect(events.filter(({ subject }) => subject === consumer.handles[index])).toEqual([]);
      await under;
    }
    await tenant.settled();
    const { events } = await consumer.feed("?limit=1000");
    expect(events.filter(({ type }) => type !== WITHDRAWN)).toEqual([]);
  });
});

test("an identity number with wrong control digits is refused by its place alone", async () => {
  const wrong = "14915110128";
  const { controller, url } = tenant;
  const detail = "must be a national identity number with valid control digits";
  for (const answer of [
    await controller("PUT", `${url}/blocks/x`, {
      body: { patient: wrong, scope: { kind: "everyone" } },
    }),
    await controller("PUT", `${url}/care-relationships/x`, {
      body: relationship(newOrganisation(), wrong),
    }),
  ]) {
    expect(answer).toMatchObject(invalid({ pointer: "#/patient", detail }));
    expect(answer.text).not.toContain(wrong);
  }
});
