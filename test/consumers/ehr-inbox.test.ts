import { describe, expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { lifecycle } from "./scripted-tenant.ts";
import { startScriptedTenant } from "./scripted-site.ts";
import { startTestEhr } from "./test-ehr.ts";
import { PATIENTLY } from "./patience.ts";

const { kari, ola } = PATIENTS;
const municipality = {
  controller: "312345013",
  name: "Fjordvik kommune",
  topic: "measurement",
} as const;
const hospital = { controller: "213456024", name: "Sørfjord sykehus", topic: "plan" } as const;

describe("an EHR", () => {
  test("subscribes, puts its list, and resolves notices to its own patients without a call", async () => {
    await using tenant = await startScriptedTenant(municipality);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    const [subscription] = tenant.subscriptions.values();
    expect(subscription).toMatchObject({
      body: { topics: ["measurement", "plan"], delivery: { way: "feed" } },
      roster: Object.values(PATIENTS).map(({ identityNumber }) => identityNumber),
    });
    tenant.tell(ola.identityNumber);
    expect(await ehr.filled(1)).toMatchObject([
      {
        tenant: tenant.controller,
        eventnumber: "1",
        type: "no.hendelsesstrom.measurement.created.v1",
        patient: "p2",
        dataversion: "1",
        superseded: false,
        opened: false,
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ]);
    expect(tenant.source.calls).toEqual([]);
  });

  test("reads several tenants, the newest first, while one of them is away", async () => {
    await using near = await startScriptedTenant(municipality);
    await using far = await startScriptedTenant(hospital);
    far.outage = { status: 503, headers: { "retry-after": "0" } };
    await using ehr = await startTestEhr({ tenants: [near, far] });
    await expect.poll(async () => (await ehr.status())[0]?.["ready"], PATIENTLY).toBe(true);
    near.tell(kari.identityNumber);
    await ehr.filled(1);
    expect((await ehr.status())[1]).toMatchObject({ ready: false, trouble: "status 503" });
    expect((await fetch(`${ehr.url}/health/ready`)).status).toBe(503);
    far.outage = undefined;
    await ehr.ready();
    far.tell(kari.identityNumber);
    const notices = await ehr.filled(2);
    expect(notices.map(({ tenant, patient }) => [tenant, patient])).toEqual([
      [far.controller, "p1"],
      [near.controller, "p1"],
    ]);
  });

  test("that is restarted goes on where it was", async () => {
    await using tenant = await startScriptedTenant(municipality);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    for (let n = 0; n < 3; n += 1) tenant.tell(kari.identityNumber);
    const before = await ehr.filled(3);
    await ehr.restart();
    tenant.tell(kari.identityNumber);
    const after = await ehr.filled(4);
    expect(after.slice(1)).toEqual(before);
    expect(after.map(({ eventnumber }) => eventnumber)).toEqual(["4", "3", "2", "1"]);
    expect(tenant.subscriptions.size).toBe(1);
  });

  test("that is restarted while a tenant is away still knows whose notices it has", async () => {
    await using tenant = await startScriptedTenant(municipality);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    tenant.tell(kari.identityNumber);
    await ehr.filled(1);
    tenant.outage = { status: 503 };
    await ehr.restart();
    expect(await ehr.inbox()).toMatchObject([{ patient: "p1" }]);
    expect((await ehr.status())[0]).toMatchObject({ name: "Fjordvik kommune", ready: false });
  });

  test("makes a new subscription when its settings ask for something else, and ends the old", async () => {
    await using tenant = await startScriptedTenant(municipality);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    const [only] = [{ serviceUrl: tenant.server.url, controller: tenant.controller }];
    await ehr.restart({
      tenants: [{ ...only, topics: ["measurement"], delivery: "feed", roster: "snapshot" }],
    });
    await ehr.ready();
    expect([...tenant.subscriptions.values()]).toMatchObject([
      { state: "ended" },
      { state: "active", body: { topics: ["measurement"] } },
    ]);
  });

  test("adds persons one by one, with a claim for each, and takes away who left the list", async () => {
    await using tenant = await startScriptedTenant(municipality);
    const basis = {
      class: "asserted" as const,
      validity: { from: "2026-01-01T00:00:00Z" },
      reference: "fastlegeliste",
    };
    await using ehr = await startTestEhr({
      tenants: [tenant],
      tenant: { roster: "persons", basis },
      patients: [kari, ola],
    });
    await ehr.ready();
    const [subscription] = tenant.subscriptions.values();
    expect(subscription?.roster).toEqual([kari.identityNumber, ola.identityNumber]);
    const claims = tenant.server.calls.filter(({ path }) => path.includes("/care-relationships/"));
    expect(claims.map(({ body }) => body)).toEqual(
      [kari, ola].map((person) => ({
        ...basis,
        consumer: "314567048",
        patient: person.identityNumber,
      })),
    );
    await ehr.restart({ patients: [ola] });
    await ehr.ready();
    expect(subscription?.roster).toEqual([ola.identityNumber]);
    tenant.tell(kari.identityNumber); // on its way when she left: still hers
    expect(await ehr.filled(1)).toMatchObject([{ patient: "p1" }]);
  });

  test("marks what the service took back, and what a newer version has replaced", async () => {
    await using tenant = await startScriptedTenant(hospital);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    const first = tenant.tell(kari.identityNumber);
    tenant.tell(ola.identityNumber);
    const { dataref, subject } = first;
    const type = "no.hendelsesstrom.plan.changed.v1";
    tenant.tell(kari.identityNumber, { dataref, subject, type, dataversion: "2" });
    await ehr.filled(3);
    tenant.push((id) =>
      lifecycle(id, "notification.withdrawn", {
        source: `urn:no:orgnr:${tenant.controller}:test`,
        eventnumber: "2",
      }),
    );
    await expect
      .poll(
        async () =>
          (await ehr.inbox()).map(({ superseded, notAvailable }) => [superseded, notAvailable]),
        PATIENTLY,
      )
      .toEqual([
        [false, false],
        [false, true],
        [true, false],
      ]);
  });

  test("keeps what is unreadable, counts what is missing, and goes on", async () => {
    await using tenant = await startScriptedTenant(municipality);
    await using ehr = await startTestEhr({ tenants: [tenant] });
    await ehr.ready();
    tenant.push(() => ({ secretly: "not an event", eventnumber: "1" }));
    tenant.tell(kari.identityNumber, { eventnumber: "5" });
    await ehr.filled(1);
    const headers = { authorization: "Bearer script-token-of-a-test-0123456789abcdef" };
    const status = await (await fetch(`${ehr.url}/api/status`, { headers })).json();
    expect(status).toMatchObject({ tenants: [{ missed: 3 }], unreadable: 1 });
    expect(ehr.log()).not.toContain("secretly");
  });
});
