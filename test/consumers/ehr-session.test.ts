import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Sessions } from "#consumers-example/ehr/web/sessions";
import { PRACTITIONERS } from "#deploy/site/parties";
import { startScriptedTenant, type ScriptedTenant } from "./scripted-site.ts";
import { startTestEhr, type TestEhr } from "./test-ehr.ts";

let tenant: ScriptedTenant;
let ehr: TestEhr;

beforeAll(async () => {
  tenant = await startScriptedTenant({
    controller: "312345013",
    name: "Fjordvik kommune",
    topic: "measurement",
  });
  ehr = await startTestEhr({ tenants: [tenant] });
});
afterAll(async () => {
  await ehr[Symbol.asyncDispose]();
  await tenant[Symbol.asyncDispose]();
});

const pairs = (response: Response) =>
  response.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");

/** Goes through a login by hand; gives the callback's address and the cookie that belongs to it. */
async function logInByHand(session = ""): Promise<{ callback: string; cookie: string }> {
  const begun = await fetch(`${ehr.url}/logg-inn`, {
    redirect: "manual",
    headers: { cookie: session },
  });
  const [cookie = ""] = pairs(begun);
  const jar: string[] = [];
  const form = new URLSearchParams({ identity_number: PRACTITIONERS.gp.identityNumber });
  let url = new URL(begun.headers.get("location") ?? "");
  while (url.origin !== ehr.url) {
    const atLogin = url.pathname.startsWith("/login/");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: jar.join("; ") },
      ...(atLogin && { method: "POST", body: form }),
    });
    jar.push(...pairs(response));
    url = new URL(response.headers.get("location") ?? "", url);
  }
  return { callback: url.href, cookie };
}

const visit = (url: string, cookie: string) =>
  fetch(url, { redirect: "manual", headers: { cookie } });

describe("a login", () => {
  test("counts only in the browser that began it, and once", async () => {
    const { callback, cookie } = await logInByHand();
    const elsewhere = await visit(callback, "");
    expect([elsewhere.status, pairs(elsewhere)]).toEqual([400, []]);
    const other = await logInByHand();
    expect((await visit(callback, other.cookie)).status).toBe(400);
    const back = await visit(callback, cookie);
    expect([back.status, back.headers.get("location")]).toEqual([303, "/"]);
    expect((await visit(callback, cookie)).status).toBe(400);
  });

  test("makes a new session, and ends the one before", async () => {
    const first = await logInByHand();
    const [before = ""] = pairs(await visit(first.callback, first.cookie));
    expect((await visit(ehr.url, before)).status).toBe(200);
    const second = await logInByHand(before);
    const [after = ""] = pairs(await visit(second.callback, `${second.cookie}; ${before}`));
    expect(after).not.toBe(before);
    expect((await visit(ehr.url, after)).status).toBe(200);
    expect((await visit(ehr.url, before)).status).toBe(401);
  });

  test("that was given up leads back to trying again", async () => {
    const { callback, cookie } = await logInByHand();
    const url = new URL(callback);
    url.searchParams.delete("code");
    url.searchParams.set("error", "access_denied");
    const answer = await visit(url.href, cookie);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("Prøv igjen"),
    ]);
  });
});

function sessionsAt() {
  let now = 0;
  const sessions = new Sessions(() => now);
  return { sessions, pass: (minutes: number) => (now += minutes * 60_000) };
}

describe("a session", () => {
  const practitioner = { subject: "s", name: "Frøya Fastlege" };

  test("is over when nobody has used it for half an hour", () => {
    const { sessions, pass } = sessionsAt();
    const { key } = sessions.start(practitioner);
    pass(30);
    expect(sessions.find(key)).toBeDefined();
    pass(30.1);
    expect(sessions.find(key)).toBeUndefined();
  });

  test("is over after a working day, however much it is used", () => {
    const { sessions, pass } = sessionsAt();
    const { key } = sessions.start(practitioner);
    for (let half = 0; half < 20; half += 1) {
      pass(30);
      expect(sessions.find(key)).toBeDefined();
    }
    pass(1);
    expect(sessions.find(key)).toBeUndefined();
  });

  test("shows a lookup's answer for five minutes, for the notice that it was of", () => {
    const { sessions, pass } = sessionsAt();
    const session = sessions.start(practitioner);
    sessions.keepResult(session, { notice: "n", outcome: { kind: "not-available" } });
    expect(sessions.resultOf(session, "other")).toBeUndefined();
    pass(5);
    expect(sessions.resultOf(session, "n")).toEqual({ kind: "not-available" });
    pass(0.1);
    expect(sessions.resultOf(session, "n")).toBeUndefined();
  });

  test("holds a token for one patient and API, while the token lasts", () => {
    const { sessions, pass } = sessionsAt();
    const session = sessions.start(practitioner);
    const token = { value: "t", expiresAt: 600_000 };
    session.access = { patient: "p1", scope: "a/read", token };
    expect(sessions.accessOf(session, { patient: "p1", scope: "a/read" })).toBe(token);
    expect(sessions.accessOf(session, { patient: "p2", scope: "a/read" })).toBeUndefined();
    expect(sessions.accessOf(session, { patient: "p1", scope: "b/read" })).toBeUndefined();
    pass(10);
    expect(sessions.accessOf(session, { patient: "p1", scope: "a/read" })).toBeUndefined();
  });
});
