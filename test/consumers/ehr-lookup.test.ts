import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import type { Browser } from "#demo/browser";
import { PATIENTS, PRACTITIONERS } from "#deploy/site/parties";
import { fhirAnswer, PLAN, TEMPERATURE } from "./fhir-answers.ts";
import { startScriptedTenant, type ScriptedTenant } from "./scripted-site.ts";
import type { Reply } from "./scripted-tenant.ts";
import { startTestEhr, type TestEhr } from "./test-ehr.ts";
import { PATIENTLY } from "./patience.ts";

const { kari, ola } = PATIENTS;
const hospital = { controller: "213456024", name: "Sørfjord sykehus", topic: "plan" } as const;

async function start(): Promise<AsyncDisposable & { tenant: ScriptedTenant; ehr: TestEhr }> {
  await using stack = new AsyncDisposableStack();
  const tenant = stack.use(await startScriptedTenant(hospital));
  const ehr = stack.use(await startTestEhr({ tenants: [tenant] }));
  await ehr.ready();
  const owned = stack.move();
  return { tenant, ehr, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

type Telling = {
  readonly patient?: { identityNumber: string };
  readonly [attribute: string]: unknown;
};

/** Tells of a plan that the source has in this state; gives the notice's id in the inbox. */
async function noticed(
  { tenant, ehr }: { tenant: ScriptedTenant; ehr: TestEhr },
  reply: Reply,
  { patient = kari, ...overrides }: Telling = {},
): Promise<string> {
  const before = (await ehr.inbox()).length;
  const { dataref } = tenant.tell(patient.identityNumber, overrides);
  tenant.resources.set(String(dataref).split("/").at(-1) ?? "", reply);
  const [newest] = await ehr.filled(before + 1);
  return String(newest?.["id"]);
}

async function open(ehr: TestEhr, browser: Browser, id: string): Promise<Record<string, unknown>> {
  const answer = await browser.sendJson(`${ehr.url}/api/inbox/${id}/open`, {});
  return Object(await answer.json());
}

/** Fetches the token for the notice's patient, as the page does when it is asked to look up. */
async function openWithLogin(ehr: TestEhr, browser: Browser, id: string) {
  expect(await open(ehr, browser, id)).toEqual({
    kind: "login-needed",
    login: `/logg-inn?melding=${id}`,
  });
  const page = await browser.open(`${ehr.url}/logg-inn?melding=${id}`);
  expect(page.url).toBe(`${ehr.url}/innboks/${id}`);
  // a link, that anybody may have placed, gets the token and no more
  expect(await page.text()).not.toContain("Opplysninger fra kilden");
  return open(ehr, browser, id);
}

/** Ends the login at HelseID; the EHR's session goes on. */
async function logOutAt(issuer: string, browser: Browser): Promise<void> {
  const page = await (await browser.open(`${issuer}/connect/endsession`)).text();
  const [, action = ""] = /action="([^"]+)"/.exec(page) ?? [];
  const [, xsrf = ""] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
  await browser.open(new URL(action, issuer), { xsrf, logout: "yes" });
}

const plan = (version = "1", patient: { identityNumber: string } = kari) =>
  fhirAnswer(PLAN, { version, patient: patient.identityNumber });

describe("opening a notice", () => {
  test("shows what the source has, with a token for this practitioner, patient and source", async () => {
    await using site = await start();
    const id = await noticed(site, plan());
    const browser = await site.ehr.logIn();
    expect(await openWithLogin(site.ehr, browser, id)).toMatchObject({
      kind: "found",
      version: "1",
      superseded: false,
      resource: { title: PLAN.title },
    });
    expect((await site.ehr.inbox())[0]).toMatchObject({ opened: true, superseded: false });
    const { authorization = "" } = site.tenant.source.calls[0]?.headers ?? {};
    const claims = decodeJwt(authorization.replace("DPoP ", ""));
    expect(claims).toMatchObject({
      aud: "hendelsesstrom:plans-213456024",
      "helseid://claims/identity/pid": PRACTITIONERS.gp.identityNumber,
      "nhn:tillitsrammeverk:parameters": {
        patients: [{ identifier: { id: kari.identityNumber } }],
        care_relationship: { decision_ref: { id: expect.stringMatching(/^[a-p]{32}$/) } },
      },
    });
  });

  test("about the same patient needs no other token, about another one does", async () => {
    await using site = await start();
    const first = await noticed(site, plan());
    const second = await noticed(site, plan());
    const other = await noticed(site, plan("1", ola), { patient: ola });
    const browser = await site.ehr.logIn();
    await openWithLogin(site.ehr, browser, first);
    expect(await open(site.ehr, browser, second)).toMatchObject({ kind: "found" });
    expect(await openWithLogin(site.ehr, browser, other)).toMatchObject({ kind: "found" });
    expect(await open(site.ehr, browser, first)).toMatchObject({ kind: "login-needed" });
  });

  test("of an older version shows the present one and marks the notice", async () => {
    await using site = await start();
    const id = await noticed(site, plan("2"));
    const browser = await site.ehr.logIn();
    expect(await openWithLogin(site.ehr, browser, id)).toMatchObject({
      kind: "found",
      version: "2",
      superseded: true,
    });
    expect((await site.ehr.inbox())[0]).toMatchObject({ opened: true, superseded: true });
  });

  test("that gives nothing says no more than that", async () => {
    await using site = await start();
    const id = await noticed(site, { status: 404 });
    const browser = await site.ehr.logIn();
    expect(await openWithLogin(site.ehr, browser, id)).toEqual({ kind: "not-available" });
    expect((await site.ehr.inbox())[0]).toMatchObject({ notAvailable: true });
  });

  test("while the source cannot decide changes nothing, and works later", async () => {
    await using site = await start();
    const id = await noticed(site, { status: 503 });
    const browser = await site.ehr.logIn();
    expect(await openWithLogin(site.ehr, browser, id)).toMatchObject({ kind: "unavailable" });
    expect((await site.ehr.inbox())[0]).toMatchObject({ opened: false, notAvailable: false });
    const [key = ""] = site.tenant.resources.keys();
    site.tenant.resources.set(key, plan());
    expect(await open(site.ehr, browser, id)).toMatchObject({ kind: "found" });
  });

  test("never shows what is about somebody else", async () => {
    await using site = await start();
    const id = await noticed(site, plan("1", ola));
    const browser = await site.ehr.logIn();
    expect(await openWithLogin(site.ehr, browser, id)).toEqual({ kind: "other-patient" });
    expect((await site.ehr.inbox())[0]).toMatchObject({ opened: false });
  });

  test("of a patient who is not on the list is not possible", async () => {
    await using site = await start();
    const id = await noticed(site, plan(), { subject: "p".repeat(32) });
    const browser = await site.ehr.logIn();
    expect((await site.ehr.inbox())[0]).toMatchObject({ patient: null });
    expect(await open(site.ehr, browser, id)).toMatchObject({ status: 404 });
    expect((await browser.open(`${site.ehr.url}/logg-inn?melding=${id}`)).status).toBe(404);
    expect(site.tenant.source.calls).toEqual([]);
  });
});

describe("a lookup is not made", () => {
  test("without a practitioner's session, whatever the script token", async () => {
    await using site = await start();
    const id = await noticed(site, plan());
    const answer = await fetch(`${site.ehr.url}/api/inbox/${id}/open`, {
      method: "POST",
      body: "{}",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer script-token-of-a-test-0123456789abcdef",
      },
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ title: "A valid access token is needed" });
  });

  test("when another practitioner comes back from HelseID than the one who asked", async () => {
    await using site = await start();
    const id = await noticed(site, plan());
    const browser = await site.ehr.logIn(PRACTITIONERS.gp);
    await logOutAt(site.ehr.helseid.issuer, browser);
    const page = await browser.open(`${site.ehr.url}/logg-inn?melding=${id}`);
    const form = { identity_number: PRACTITIONERS.nurse.identityNumber };
    const back = await browser.open(page.url, form);
    expect([back.status, await back.text()]).toEqual([
      403,
      expect.stringContaining("Du logget inn som en annen"),
    ]);
    expect(await open(site.ehr, browser, id)).toMatchObject({ kind: "login-needed" });
    expect(site.tenant.source.calls).toEqual([]);
  });
});

test("nothing about a patient, no token and no code is logged by an EHR at work", async () => {
  await using site = await start();
  const id = await noticed(site, fhirAnswer(TEMPERATURE, { patient: kari.identityNumber }), {
    type: "no.hendelsesstrom.plan.created.v1",
  });
  const browser = await site.ehr.logIn();
  await openWithLogin(site.ehr, browser, id);
  await browser.open(`${site.ehr.url}/innboks/${id}`);
  site.tenant.outage = { status: 503 };
  await expect.poll(() => site.ehr.log(), PATIENTLY).toContain("the tenant cannot be used now");
  const log = site.ehr.log();
  expect(log).toContain('"route":"/innlogging/tilbake"');
  const people = [...Object.values(PATIENTS), ...Object.values(PRACTITIONERS)];
  const secrets = [
    ...people.flatMap(({ identityNumber, name }) => [identityNumber, name]),
    ...Object.values(PATIENTS).map((person) => site.tenant.handleOf(person.identityNumber)),
    "eyJ", // how every token begins
    "code=",
    id,
  ];
  for (const secret of secrets) expect(log).not.toContain(secret);
});
