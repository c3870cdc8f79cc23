import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "#demo/browser";
import { PATIENTS } from "#deploy/site/parties";
import { BLOOD_PRESSURE, fhirAnswer, PLAN } from "./fhir-answers.ts";
import { startScriptedTenant, type ScriptedTenant } from "./scripted-site.ts";
import { startTestEhr, type TestEhr } from "./test-ehr.ts";
import { PATIENTLY } from "./patience.ts";

const HOSTILE = `<script>alert("1")</script>'&`;
const ESCAPED = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;";

const { kari, ola } = PATIENTS;
let measurements: ScriptedTenant;
let plans: ScriptedTenant;
let ehr: TestEhr;
let browser: Browser;

beforeAll(async () => {
  measurements = await startScriptedTenant({
    controller: "312345013",
    name: `Fjordvik ${HOSTILE}`,
    topic: "measurement",
  });
  plans = await startScriptedTenant({
    controller: "213456024",
    name: "Sørfjord sykehus",
    topic: "plan",
  });
  ehr = await startTestEhr({
    tenants: [measurements, plans],
    patients: [kari, { ...ola, name: `Ola ${HOSTILE}` }],
    name: `Legesenter ${HOSTILE}`,
  });
  await ehr.ready();
  browser = await ehr.logIn();
});
afterAll(async () => {
  await ehr[Symbol.asyncDispose]();
  await measurements[Symbol.asyncDispose]();
  await plans[Symbol.asyncDispose]();
});

const text = async (path: string): Promise<string> => (await browser.open(ehr.url + path)).text();

/** Tells of something, asks the page to look it up, and gives the page that comes of it. */
async function lookUp(
  tenant: ScriptedTenant,
  resource: Record<string, unknown> | undefined,
  overrides: Record<string, unknown> & { version?: string } = {},
): Promise<string> {
  const { version = "1", ...event } = overrides;
  const before = (await ehr.inbox()).length;
  const { dataref } = tenant.tell(kari.identityNumber, event);
  if (resource !== undefined) {
    const reply = fhirAnswer(resource, { version, patient: kari.identityNumber });
    tenant.resources.set(String(dataref).split("/").at(-1) ?? "", reply);
  }
  const [newest] = await ehr.filled(before + 1);
  const path = `/innboks/${String(newest?.["id"])}`;
  const csrf = /name="csrf" value="([^"]+)"/.exec(await text(path))?.[1] ?? "";
  const page = await browser.open(`${ehr.url}${path}/apne`, { csrf });
  expect(page.url).toBe(ehr.url + path);
  return page.text();
}

describe("the inbox", () => {
  test("says who, what, when, from whom and how it stands", async () => {
    plans.tell(kari.identityNumber, {
      type: "no.hendelsesstrom.plan.changed.v1",
      time: "2026-11-22T09:05:00Z",
    });
    await expect.poll(() => text("/"), PATIENTLY).toContain("Endret plan");
    const page = await text("/");
    expect(page).toContain('<html lang="nb">');
    for (const word of ["Kari Testfjell", "Sørfjord sykehus", "22. nov. 2026, 10:05", "Ny"]) {
      expect(page).toContain(word);
    }
    expect(page).toMatch(/<th scope="col">Pasient<\/th>/);
  });

  test("escapes names, whoever chose them", async () => {
    measurements.tell(ola.identityNumber);
    await expect.poll(() => text("/"), PATIENTLY).toContain("Ny måling");
    const page = await text("/");
    for (const name of ["Legesenter", "Ola", "Fjordvik"])
      expect(page).toContain(`${name} ${ESCAPED}`);
    expect(page).not.toContain("<script");
  });

  test("is for those who have logged in", async () => {
    for (const path of ["/", "/innboks/some"]) {
      const answer = await fetch(ehr.url + path);
      expect(answer.status).toBe(401);
      const page = await answer.text();
      expect(page).toContain("Logg inn med HelseID");
      expect(page).not.toContain("Testfjell");
    }
    expect((await fetch(`${ehr.url}/api/inbox`)).status).toBe(401);
    const headers = { authorization: "Bearer guess" };
    expect((await fetch(`${ehr.url}/api/inbox`, { headers })).status).toBe(401);
  });
});

describe("a notice that is looked up", () => {
  test("shows a measurement with its values", async () => {
    const page = await lookUp(measurements, BLOOD_PRESSURE);
    for (const word of ["Blodtrykk", "Systolisk blodtrykk", "142 mmHg", "91 mmHg", "Endelig"]) {
      expect(page).toContain(word);
    }
    expect(page).toContain("Åpnet");
  });

  test("shows a plan with its activities", async () => {
    const page = await lookUp(plans, PLAN);
    for (const word of [PLAN.title, "Mål oksygenmetning hver morgen", "Pågår", "Ikke startet"]) {
      expect(page).toContain(word);
    }
  });

  test("of an older version shows the present plan and says that it has replaced it", async () => {
    const page = await lookUp(plans, PLAN, { version: "3", dataversion: "2" });
    expect(page).toContain("Erstattet av nyere versjon");
    expect(page).toContain("versjon 3");
    expect(page).toContain(PLAN.title);
  });

  test("that is not there for us says so, and no reason", async () => {
    const page = await lookUp(measurements, undefined);
    expect(page).toContain("Ikke tilgjengelig");
    expect(page).not.toMatch(/sperr|tilgang nektet|finnes ikke/i);
  });

  test("escapes what the source sends", async () => {
    const page = await lookUp(plans, {
      ...PLAN,
      title: HOSTILE,
      activity: [{ detail: { status: HOSTILE, description: HOSTILE } }],
    });
    expect(page).toContain(ESCAPED);
    expect(page).not.toContain("<script");
  });
});

describe("a page", () => {
  test("can hold no script, no frame and nothing from elsewhere", async () => {
    const { headers } = await fetch(ehr.url);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`form-action 'self' ${ehr.helseid.issuer}`);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("is styled by one sheet of our own", async () => {
    const sheet = await fetch(`${ehr.url}/stil.css`);
    expect(sheet.headers.get("content-type")).toContain("text/css");
    expect(await text("/")).not.toMatch(/style=|<style|<script/);
  });

  test("that is not there says so in Norwegian", async () => {
    const answer = await browser.open(`${ehr.url}/finnes-ikke`);
    expect([answer.status, await answer.text()]).toEqual([
      404,
      expect.stringContaining("Finner ikke siden"),
    ]);
  });

  test("holds no token: the cookie is a key, hidden from scripts and from other sites", async () => {
    const begun = await fetch(`${ehr.url}/logg-inn`, { redirect: "manual" });
    const [cookie = ""] = begun.headers.getSetCookie();
    expect(cookie).toMatch(/^ehr_login_[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax/);
    expect(await text("/")).not.toContain("eyJ");
  });
});

describe("a form is refused", () => {
  test.each([{}, { csrf: "" }, { csrf: "guess" }])(
    "without the session's token: %o",
    async (form) => {
      measurements.tell(kari.identityNumber);
      const [notice] = await ehr.filled(1);
      const calls = measurements.source.calls.length;
      const answer = await browser.open(`${ehr.url}/innboks/${String(notice?.["id"])}/apne`, form);
      expect(answer.status).toBe(403);
      expect(measurements.source.calls).toHaveLength(calls);
    },
  );

  test("that would log out, sent by another site", async () => {
    await browser.open(`${ehr.url}/logg-ut`, { csrf: "guess" });
    expect(await text("/")).toContain("Innlogget:");
  });
});

test("JSON from another site's page is refused", async () => {
  const [notice] = await ehr.filled(1);
  const path = `${ehr.url}/api/inbox/${String(notice?.["id"])}/open`;
  const answer = await browser.open(path, { any: "form" });
  expect(answer.status).toBe(415);
});

test("logging out ends the session here, and leads to HelseID to end the login there", async () => {
  const leaving = await ehr.logIn();
  const page = await (await leaving.open(ehr.url)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const after = await leaving.open(`${ehr.url}/logg-ut`, { csrf });
  expect(new URL(after.url).origin).toBe(ehr.helseid.issuer);
  expect(await (await leaving.open(ehr.url)).text()).toContain("Logg inn med HelseID");
});
