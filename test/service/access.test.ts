import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVENTS_AUDIENCE } from "#deploy/site/site";
import { newOrganisation } from "../support/newcomers.ts";
import { agreement } from "../support/story.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { block, type Route, ROUTES } from "./routes.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

let system: TestSite;
let tenant: TestTenant;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});
afterAll(() => system[Symbol.asyncDispose]());

function request(route: Route, scopes: string[], organisation: string) {
  const call = system.as({
    client: "test",
    scopes: scopes.map((name) => `${EVENTS_AUDIENCE}/${name}`),
    organisation: { parent: organisation },
  });
  const { body, type } = route;
  return call(route.method, tenant.url + route.path, {
    ...(body !== undefined && { body }),
    ...(type !== undefined && { type }),
  });
}

const isProblem = expect.stringMatching(/^https:\/\/hendelsesstrom\.example\/problems\//);
const forbidden = { status: 403, body: { status: 403, type: isProblem } };

describe.each(ROUTES)("$method $template", (route) => {
  // A sound request for what is not there ends in 404, which says as much as 2xx: it was let in.
  const letIn = [200, 201, 404];

  test.each(["administer", "subscribe", "publish"])("as the controller with %s", async (role) => {
    const answer = await request(route, [role], tenant.number);
    if (route.roles.includes(role)) expect(letIn).toContain(answer.status);
    else expect(answer).toMatchObject(forbidden);
  });

  test("as another organisation, with every scope", async () => {
    const answer = await request(route, ["administer", "subscribe", "publish"], newOrganisation());
    if (route.roles.includes("subscribe")) expect(letIn).toContain(answer.status);
    else expect(answer).toMatchObject(forbidden);
  });

  test("with a scope of another API, or without a token", async () => {
    const answer = await request(route, ["read"], tenant.number);
    expect(answer).toMatchObject(forbidden);
    const [path, method] = [tenant.url + route.path, route.method];
    const bare = await fetch(path, { method });
    expect(bare.status).toBe(401);
    expect(bare.headers.get("www-authenticate")).toMatch(/^DPoP /);
    expect(bare.headers.get("content-type")).toBe("application/problem+json");
  });
});

test("a tenant that is not served is not found, whoever asks", async () => {
  const url = system.tenantUrl(newOrganisation());
  expect(await tenant.controller("GET", url)).toMatchObject({ status: 404 });
  expect(await tenant.controller("GET", `${url}/agreements`)).toMatchObject({ status: 404 });
  expect(await tenant.controller("GET", system.tenantUrl("x"))).toMatchObject({ status: 400 });
});

test("a tenant says what it shares, and where that is looked up", async () => {
  const { body } = await tenant.controller("GET", tenant.url);
  const { url, audience } = system.site.municipality;
  expect(body).toEqual({
    controller: tenant.number,
    name: "Fjordvik kommune",
    topics: [{ topic: "measurement", resourceType: "Observation", source: { url, audience } }],
  });
});

describe("a body is judged as it came", () => {
  const path = `/agreements/${newOrganisation()}`;
  const sound = Object(agreement("plan"));
  test.each([
    ["an attribute too many", { ...sound, extra: 1 }],
    [
      "one too many further in",
      { ...sound, validity: { from: "2026-01-01T00:00:00Z", until: "x" } },
    ],
    ["a number for a text", { ...sound, legalBasis: 7 }],
    ["a text for a list", { ...sound, topics: "plan" }],
    [
      "null for what may be missing",
      { ...sound, validity: { from: "2026-01-01T00:00:00Z", to: null } },
    ],
    ["an identity number in a reference", { ...sound, legalBasis: "sak om 149151 10127" }],
    ["a date without time", { ...sound, validity: { from: "2026-01-01" } }],
    ["nothing", undefined],
    ["a list", [sound]],
  ])("%s is refused", async (_, body) => {
    const answer = await tenant.controller(
      "PUT",
      tenant.url + path,
      body === undefined ? {} : { body },
    );
    expect(answer).toMatchObject({ status: 400, body: { type: isProblem } });
    expect(answer.text).not.toContain("10127");
    expect(await tenant.controller("GET", tenant.url + path)).toMatchObject({ status: 404 });
  });

  test.each([
    ["text/plain", 415],
    ["application/json; charset=utf-8", 200],
    ["application/x-www-form-urlencoded", 415],
  ])("as %s it is answered with %i", async (type, status) => {
    const answer = await tenant.controller("PUT", `${tenant.url}/agreements/${newOrganisation()}`, {
      body: sound,
      type,
    });
    expect(answer.status).toBe(status);
  });
});

describe("ids that a caller chooses", () => {
  test.each([
    "14915110127",
    "149151-10127",
    "a.b",
    "a%20b",
    "%3E",
    "*",
    "æ",
    "x".repeat(65),
    "a%2Fb",
  ])("may not be %s", async (id) => {
    const answer = await tenant.controller("PUT", `${tenant.url}/blocks/${id}`, { body: block });
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toContain("10127");
  });
});

test("the API's own description is sound OpenAPI 3.1 and lists every route, and no other", async () => {
  const description = JSON.parse(await (await fetch(`${system.serviceUrl}/openapi.json`)).text());
  expect(description.openapi).toMatch(/^3\.1\./);
  const listed = Object.entries<object>(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const expected = ROUTES.map(({ method, template }) => `${method} /tenants/{tenant}${template}`);
  expect(listed.toSorted()).toEqual(
    [...new Set(expected), "GET /health/live", "GET /health/ready"].toSorted(),
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const [path, operations] of Object.entries<object>(description.paths)) {
    for (const operation of Object.values(operations)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters: { name: string; in: string; schema: object }[] = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      expect(new Set(inPath.map(({ name }) => name))).toEqual(new Set(names));
      for (const { schema } of parameters) expect(ajv.validateSchema(schema)).toBe(true);
      const { default: failure, ...answers } = operation.responses;
      expect(Object.keys(failure.content)).toEqual(["application/problem+json"]);
      expect(Object.keys(answers)).not.toEqual([]);
    }
  }
});
