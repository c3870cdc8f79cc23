import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proofSwitches, tokenSwitches } from "#stand-ins/helseid/test-token/test-token-switches";
import { EVENTS_AUDIENCE } from "#deploy/site/site";
import { newOrganisation, newPerson } from "../support/newcomers.ts";
import { agreement, measurementEvent, relationship } from "../support/story.ts";
import { type Following, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

let system: TestSite;
let tenant: TestTenant;
let consumer: Following;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
  consumer = await tenant.following([newPerson()]);
});
afterAll(() => system[Symbol.asyncDispose]());

describe("another controller, with every right at its own tenant", () => {
  test.each([
    ["GET", "/agreements", undefined],
    ["PUT", "/agreements/215678040", agreement("measurement")],
    ["GET", "/agreements/215678040", undefined],
    ["DELETE", "/agreements/215678040", undefined],
    ["PUT", "/blocks/x", { patient: newPerson(), scope: { kind: "everyone" } }],
    ["DELETE", "/blocks/x", undefined],
    ["PUT", "/care-relationships/x", relationship("215678040", newPerson())],
  ] as const)("may not %s %s here", async (method, path, body) => {
    const hostile = system.controller(system.site.hospital.organisation.number);
    const answer = await hostile(method, tenant.url + path, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ status: 403 });
    const home = system.tenantUrl(system.site.hospital.organisation.number);
    const atHome = await hostile(method, home + path, body === undefined ? {} : { body });
    expect([200, 404]).toContain(atHome.status);
  });

  test("may not publish here, not even what is truly from here", async () => {
    const hostile = system.controller(system.site.hospital.organisation.number);
    const type = "application/cloudevents+json";
    const body = measurementEvent(tenant.number, newPerson());
    expect(await hostile("POST", `${tenant.url}/events`, { body, type })).toMatchObject({
      status: 403,
    });
    const home = system.tenantUrl(system.site.hospital.organisation.number);
    expect((await hostile("POST", `${home}/events`, { body, type })).body).toMatchObject({
      results: [{ status: "refused", errors: [{ pointer: "#/source" }] }],
    });
  });
});

test("ids, handles and cursors of one tenant mean nothing at another, for the same consumer too", async () => {
  const elsewhere = system.tenantUrl(system.site.hospital.organisation.number);
  const { call, id, handles } = consumer;
  const { cursor } = await consumer.feed();
  for (const path of [
    `/subscriptions/${id}`,
    `/subscriptions/${id}/events`,
    `/subscriptions/${id}/events?after=${cursor}`,
  ])
    expect(await call("GET", elsewhere + path)).toMatchObject({ status: 404 });
  expect(
    await call("DELETE", `${elsewhere}/subscriptions/${id}/roster/${handles[0]}`),
  ).toMatchObject({ status: 404 });
  const made = await call("POST", `${elsewhere}/subscriptions`, {
    body: { topics: ["plan"], delivery: { way: "feed" } },
  });
  const own: { id: string } = JSON.parse(made.text);
  const answer = await call("GET", `${elsewhere}/subscriptions/${own.id}/events?after=x${cursor}`);
  expect(answer).toMatchObject({ status: 409 });
});

test("one person has another handle at each tenant", async () => {
  const person = newPerson();
  const { call, organisation } = tenant.newConsumer();
  expect(organisation).toMatch(/^2/);
  const handles: string[] = [];
  for (const url of [tenant.url, system.tenantUrl(system.site.hospital.organisation.number)]) {
    const made = await call("POST", `${url}/subscriptions`, {
      body: { topics: ["plan"], delivery: { way: "feed" } },
    });
    const { id }: { id: string } = JSON.parse(made.text);
    const added = await call("POST", `${url}/subscriptions/${id}/roster`, {
      body: { patient: person },
    });
    handles.push(JSON.parse(added.text).handle);
  }
  expect(new Set(handles).size).toBe(2);
});

/** An attestation takes a practitioner's login, which this API does not ask for. */
const TOKEN = tokenSwitches.filter((name) => !name.startsWith("Attestation"));

function ask(switches: string[]) {
  const call = system.as({
    client: "test",
    scopes: [`${EVENTS_AUDIENCE}/administer`],
    organisation: { parent: tenant.number },
    switches,
  });
  return call("GET", `${tenant.url}/agreements`);
}

describe("a token or proof that is broken", () => {
  test("none: lets through, so that the following tests mean something", async () => {
    expect(await ask([])).toMatchObject({ status: 200 });
  });

  test.each(proofSwitches)("proof %s is refused, and nothing is told", async (name) => {
    const answer = await ask([name]);
    expect(answer).toMatchObject({
      status: 401,
      body: { type: "https://hendelsesstrom.example/problems/invalid-proof" },
    });
    expect(answer.text).not.toContain(tenant.number);
    expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_dpop_proof"/);
  });

  test.each(TOKEN)("token %s is refused, and nothing is told", async (name) => {
    const answer = await ask([name]);
    expect(answer).toMatchObject({
      status: 401,
      body: { type: "https://hendelsesstrom.example/problems/unauthenticated" },
    });
    expect(answer.text).not.toContain(tenant.number);
    expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_token"/);
  });

  test("a token of an organisation whose number cannot be right is refused", async () => {
    const call = system.as({
      client: "test",
      scopes: [`${EVENTS_AUDIENCE}/administer`],
      organisation: { parent: "312345014" },
    });
    expect(await call("GET", `${tenant.url}/agreements`)).toMatchObject({ status: 401 });
    expect(newOrganisation()).not.toBe("312345014");
  });

  test("a proof is good for one request only, at this address only", async () => {
    const minted = await fetch(`${system.issuer}/stand-in/test-token`, {
      method: "POST",
      body: JSON.stringify({
        client: "test",
        scopes: [`${EVENTS_AUDIENCE}/administer`],
        organisation: { parent: tenant.number },
        htm: "GET",
        htu: `${tenant.url}/agreements`,
      }),
    });
    const { accessToken, dpopProof } = JSON.parse(await minted.text());
    const headers = { authorization: `DPoP ${accessToken}`, dpop: dpopProof };
    const status = async (path: string, more: Record<string, string> = {}) =>
      (await fetch(tenant.url + path, { headers: { ...headers, ...more } })).status;
    expect(await status("/subscriptions")).toBe(401);
    expect(await status("/agreements")).toBe(200);
    expect(await status("/agreements")).toBe(401);
    expect(await status("/agreements", { authorization: `Bearer ${accessToken}` })).toBe(401);
  });
});
