import { expect, test } from "vitest";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import type { CallOutcome } from "#consumers-example/client/call-outcome";
import { EventReader } from "#consumers-example/client/event-reader";
import { connectHelseid } from "#consumers-example/client/helseid-connection";
import { createSignedFetch } from "#consumers-example/client/signed-fetch";
import { SUBSCRIBE_SCOPE, TenantApi } from "#consumers-example/client/tenant-api";
import { createTokenClient } from "#consumers-example/client/token-client";
import { GP_OFFICE, HOSPITAL, MUNICIPALITY, PATIENTS } from "#deploy/site/parties";
import { agreement, measurementEvent, publish, relationship } from "../support/story.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const KARI = PATIENTS.kari.identityNumber;
const TENANTS = [MUNICIPALITY.number, HOSPITAL.number];
const EVENTS = 60;

function valueOf<T>(outcome: CallOutcome<T>): T {
  return outcome.kind === "ok" ? outcome.value : expect.fail(outcome.reason);
}

async function apisOf({ site, issuer, serviceUrl }: TestSite): Promise<TenantApi[]> {
  const { clientId, key } = site.gp;
  const { privateJwk } = key;
  const helseid = await connectHelseid({ issuer, clientId, privateJwk, allowInsecureIssuer: true });
  const tokens = createTokenClient(helseid);
  const fetch = createSignedFetch(helseid, {
    get: () => tokens.machineToken(SUBSCRIBE_SCOPE),
    forget: (token) => tokens.forget(token),
  });
  return TENANTS.map((controller) => new TenantApi(fetch, { serviceUrl, controller }));
}

/** Agrees, enters the relationship, and gives a way to publish so many events. */
async function prepare(system: TestSite, controller: string) {
  const url = system.tenantUrl(controller);
  const call = system.controller(controller);
  await call("PUT", `${url}/agreements/${GP_OFFICE.number}`, { body: agreement("measurement") });
  const body = relationship(GP_OFFICE.number, KARI);
  await call("PUT", `${url}/care-relationships/r1`, { body });
  return async (count: number): Promise<void> => {
    const events = Array.from({ length: count }, () => measurementEvent(controller, KARI));
    const results = await publish(call, url, events);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["published"]));
  };
}

test("subscriptions at two tenants of the real service are one stream, through its death and return", async () => {
  using folder = temporaryFolder();
  await using system = await startTestSite();
  const publishers = await Promise.all(TENANTS.map((controller) => prepare(system, controller)));
  const apis = await apisOf(system);
  await using cursors = openCursorStore(folder.at("cursors"));
  const troubles: string[] = [];
  await using reader = new EventReader({
    cursors,
    onGap: (gap) => expect.fail(`gap ${gap.from}-${gap.to}`),
    onUnreadable: ({ faults }) => expect.fail(JSON.stringify(faults)),
    onTrouble: ({ kind }) => troubles.push(kind),
  });
  const handles = new Map<string, string>();
  for (const api of apis) {
    const info = valueOf(await api.info());
    expect(info.controller).toBe(api.controller);
    const request = { topics: ["measurement"], delivery: { way: "feed" as const } };
    const { id, state } = valueOf(await api.subscribe(request));
    expect(state).toBe("active");
    handles.set(api.controller, valueOf(await api.addPerson(id, KARI)));
    expect(valueOf(await api.putRoster(id, [KARI]))).toEqual([handles.get(api.controller)]);
    reader.add(api.feed(id));
  }
  for (const publishMany of publishers) await publishMany(EVENTS / 2);

  const numbers = new Map(TENANTS.map((tenant): [string, number[]] => [tenant, []]));
  let received = 0;
  for await (const { tenant, event } of reader) {
    expect(event.subject).toBe(handles.get(tenant));
    numbers.get(tenant)?.push(Number(event["eventnumber"]));
    received += 1;
    if (received === EVENTS) {
      await system.service().kill();
      await system.restartService();
      for (const publishMany of publishers) await publishMany(EVENTS / 2);
    }
    if (received === 2 * EVENTS) break;
  }
  const all = Array.from({ length: EVENTS }, (_, index) => index + 1);
  for (const tenant of TENANTS) expect(numbers.get(tenant)).toEqual(all);
  expect(troubles).toContain("away");
  expect(troubles).toContain("back");
  await system.service().kill(); // quicker than an orderly end, and nothing is left to see
}, 30_000);

test("a subscription that is ended can be ended again; one that never was is told from one that is", async () => {
  await using system = await startTestSite();
  await prepare(system, MUNICIPALITY.number);
  const [api = expect.fail("no tenant")] = await apisOf(system);
  const request = { topics: ["measurement"], delivery: { way: "feed" as const } };
  const { id } = valueOf(await api.subscribe(request));
  expect((await api.endSubscription(id)).kind).toBe("ok");
  expect((await api.endSubscription(id)).kind).toBe("ok");
  expect(valueOf(await api.subscription(id)).state).toBe("ended");
  expect(valueOf(await api.subscriptions())).toMatchObject([{ id, state: "ended" }]);
  expect(await api.subscription("a".repeat(32))).toMatchObject({ kind: "refused", status: 404 });
  expect(await api.addPerson(id, "not a number")).toMatchObject({ kind: "refused", status: 400 });
});
