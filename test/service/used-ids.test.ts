import { beforeAll, afterAll, expect, test } from "vitest";
import { newOrganisation, newPerson } from "../support/newcomers.ts";
import { relationship } from "../support/story.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

let system: TestSite;
let tenant: TestTenant;

beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
});

afterAll(() => system[Symbol.asyncDispose]());

function put(path: string, body: unknown) {
  return tenant.controller("PUT", `${tenant.url}${path}`, { body });
}

test("a block's id cannot be used for another patient, nor to narrow the block; the same again changes nothing", async () => {
  const [patient, other] = [newPerson(), newPerson()];
  const everyone = { patient, scope: { kind: "everyone" } };
  expect(await put("/blocks/used", everyone)).toMatchObject({ status: 200 });
  expect(await put("/blocks/used", everyone)).toMatchObject({ status: 200 });
  const narrower = { patient, scope: { kind: "organisation", organisation: newOrganisation() } };
  for (const body of [{ ...everyone, patient: other }, narrower, { ...everyone, topic: "plan" }])
    expect(await put("/blocks/used", body)).toMatchObject({ status: 409 });
  const follower = await tenant.following([patient]);
  await tenant.publish(patient);
  await tenant.settled();
  expect(await follower.feed()).toMatchObject({ events: [] });
  await tenant.controller("DELETE", `${tenant.url}/blocks/used`);
  expect(await put("/blocks/used", narrower)).toMatchObject({ status: 200 });
  expect(await put("/blocks/used", { ...narrower, patient: other })).toMatchObject({ status: 409 });
});

test("a care relationship's id cannot be used for others; its validity can be changed", async () => {
  const [patient, consumer] = [newPerson(), newOrganisation()];
  const first = relationship(consumer, patient) as Record<string, unknown>;
  expect(await put("/care-relationships/used", first)).toMatchObject({ status: 200 });
  const longer = { ...first, validity: { from: "2025-01-01T00:00:00Z" } };
  expect(await put("/care-relationships/used", longer)).toMatchObject({ status: 200 });
  for (const change of [{ patient: newPerson() }, { consumer: newOrganisation() }])
    expect(await put("/care-relationships/used", { ...first, ...change })).toMatchObject({
      status: 409,
    });
});
