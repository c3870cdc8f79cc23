import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { startScriptedTenant, type ScriptedTenant } from "./scripted-site.ts";
import { lifecycle } from "./scripted-tenant.ts";
import { startTestEhr } from "./test-ehr.ts";
import { PATIENTLY } from "./patience.ts";

const { kari } = PATIENTS;
const municipality = {
  controller: "312345013",
  name: "Fjordvik kommune",
  topic: "measurement",
} as const;

/** Brings an event to a subscription's webhook, as the service does. */
async function bring({ subscriptions }: ScriptedTenant, event: unknown): Promise<number> {
  const [subscription] = subscriptions.values();
  const { url } = Object(subscription?.body["delivery"]);
  const body = JSON.stringify(event);
  const at = new Date();
  const id = String(Object(event).id);
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/cloudevents+json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(subscription?.secret ?? "").sign(id, at, body),
    },
  });
  return answer.status;
}

test("an EHR with webhooks answers the question, stores what comes, and goes on after a restart", async () => {
  await using tenant = await startScriptedTenant(municipality);
  await using ehr = await startTestEhr({ tenants: [tenant], tenant: { delivery: "webhook" } });
  await ehr.ready();
  const [[id = ""] = []] = tenant.subscriptions;
  expect(await bring(tenant, lifecycle(id, "subscription.validation"))).toBe(204);
  tenant.tell(kari.identityNumber);
  tenant.tell(kari.identityNumber);
  const [first, second] = tenant.subscriptions.get(id)?.log ?? [];
  expect(await bring(tenant, first)).toBe(204);
  expect(await ehr.inbox()).toMatchObject([{ patient: "p1", eventnumber: "1" }]);
  await ehr.restart();
  await ehr.ready();
  expect(await bring(tenant, first)).toBe(204);
  expect(await bring(tenant, second)).toBe(204);
  expect((await ehr.inbox()).map(({ eventnumber }) => eventnumber)).toEqual(["2", "1"]);
  expect(tenant.subscriptions.size).toBe(1);
  expect((await ehr.status())[0]).toMatchObject({ delivery: "webhook", missed: 0 });
});

test("an EHR is ready when its webhook's subscription has started, not before", async () => {
  await using tenant = await startScriptedTenant(municipality);
  tenant.firstState = "pending";
  await using ehr = await startTestEhr({ tenants: [tenant], tenant: { delivery: "webhook" } });
  await expect
    .poll(async () => (await ehr.status())[0]?.["trouble"], PATIENTLY)
    .toBe("the subscription is pending");
  expect((await fetch(`${ehr.url}/health/ready`)).status).toBe(503);
  for (const subscription of tenant.subscriptions.values()) subscription.state = "active";
  await ehr.ready();
  await expect.poll(async () => (await ehr.status())[0], PATIENTLY).not.toHaveProperty("trouble");
});

test("a webhook whose secret was lost in a crash is ended, and made anew", async () => {
  await using tenant = await startScriptedTenant(municipality);
  await using ehr = await startTestEhr({ tenants: [tenant], tenant: { delivery: "webhook" } });
  await ehr.ready();
  await ehr.restart({ storeDirectory: ehr.folder.at("another-store") });
  await ehr.ready();
  const states = [...tenant.subscriptions.values()].map(({ state }) => state);
  expect(states).toEqual(["ended", "active"]);
});
