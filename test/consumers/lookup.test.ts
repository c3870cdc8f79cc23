import { describe, expect, test } from "vitest";
import { lookUp } from "#consumers-example/client/lookup";
import { PATIENTS } from "#deploy/site/parties";
import { scriptedFetch } from "./scripted-fetch.ts";
import { startScriptedServer, type Reply } from "./scripted-tenant.ts";

const PATIENT = PATIENTS.kari.identityNumber;

function carePlan(version: string, patient: string = PATIENT): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/fhir+json" },
    body: {
      resourceType: "CarePlan",
      id: "abc",
      meta: { versionId: version },
      subject: { identifier: { value: patient } },
      title: "Plan",
    },
  };
}

async function lookUpPlan(reply: Reply, dataversion = "2", path = "/fhir/CarePlan/abc") {
  await using source = await startScriptedServer(() => reply);
  const outcome = await lookUp(
    await scriptedFetch(),
    { dataref: source.url + path, dataversion },
    { sourceUrl: source.url, resourceType: "CarePlan", patient: PATIENT },
  );
  return { outcome, calls: source.calls };
}

test("asks for FHIR, and gives the resource with its version", async () => {
  const { outcome, calls } = await lookUpPlan(carePlan("2"));
  expect(outcome).toMatchObject({
    kind: "found",
    version: "2",
    superseded: false,
    resource: { title: "Plan" },
  });
  expect(calls[0]?.headers.accept).toBe("application/fhir+json");
});

test("of an older version gives the present one, and says so", async () => {
  expect((await lookUpPlan(carePlan("3"))).outcome).toMatchObject({
    kind: "found",
    version: "3",
    superseded: true,
  });
});

test("never shows a version older than the one that was announced", async () => {
  expect((await lookUpPlan(carePlan("1"))).outcome).toEqual({
    kind: "unavailable",
    reason: "the source is behind its own notice",
  });
});

test("does not show what is about somebody else", async () => {
  const { outcome } = await lookUpPlan(carePlan("2", PATIENTS.ola.identityNumber));
  expect(outcome).toEqual({ kind: "other-patient" });
});

describe("an answer of", () => {
  test.each<[number, unknown]>([
    [404, { kind: "not-available" }],
    [410, { kind: "not-available" }],
    [403, { kind: "refused", status: 403, reason: "status 403" }],
    [401, { kind: "refused", status: 401, reason: "status 401" }],
    [503, { kind: "unavailable", reason: "status 503" }],
    [302, { kind: "unavailable", reason: "status 302" }],
  ])("%i is told apart", async (status, expected) => {
    expect((await lookUpPlan({ status })).outcome).toEqual(expected);
  });

  test("503 says when to come back", async () => {
    const reply = { status: 503, headers: { "retry-after": "3" } };
    expect((await lookUpPlan(reply)).outcome).toMatchObject({ retryAfterMs: 3000 });
  });

  test.each<[string, Reply]>([
    ["HTML", { status: 200, headers: { "content-type": "text/html" }, body: "<p>CarePlan</p>" }],
    ["half a resource", { ...carePlan("2"), body: '{"resourceType":"Care' }],
    ["a resource without a version", { ...carePlan("2"), body: { resourceType: "CarePlan" } }],
    [
      "another resource",
      { ...carePlan("2"), body: { ...Object(carePlan("2").body), resourceType: "Patient" } },
    ],
  ])("%s is not taken for the plan", async (_, reply) => {
    const { outcome } = await lookUpPlan(reply);
    expect(outcome.kind).toBe("unavailable");
    expect(outcome).toHaveProperty("reason", expect.stringContaining("unreadable answer"));
  });
});

test.each(["http://127.0.0.1:1/fhir/CarePlan/abc", "http://localhost/fhir/CarePlan/abc"])(
  "the token is not sent where the tenant has no source: %s",
  async (dataref) => {
    await using source = await startScriptedServer(() => carePlan("2"));
    const outcome = await lookUp(
      await scriptedFetch(),
      { dataref, dataversion: "2" },
      { sourceUrl: source.url, resourceType: "CarePlan", patient: PATIENT },
    );
    expect(outcome).toMatchObject({
      kind: "refused",
      reason: "the notice points outside the tenant's source",
    });
    expect(source.calls).toEqual([]);
  },
);

test("nor beside the source's own folder on its server", async () => {
  await using server = await startScriptedServer(() => carePlan("2"));
  const outcome = await lookUp(
    await scriptedFetch(),
    { dataref: `${server.url}/plans-of-others/fhir/CarePlan/abc`, dataversion: "2" },
    { sourceUrl: `${server.url}/plans`, resourceType: "CarePlan", patient: PATIENT },
  );
  expect(outcome.kind).toBe("refused");
  expect(server.calls).toEqual([]);
});
