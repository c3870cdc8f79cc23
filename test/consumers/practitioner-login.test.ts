import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectHelseid } from "#consumers-example/client/helseid-connection";
import {
  createPractitionerLogin,
  type BegunLogin,
  type CompletedLogin,
  type PractitionerLogin,
} from "#consumers-example/client/practitioner-login";
import type { TokenFailure } from "#consumers-example/client/token-outcome";
import { Browser } from "#demo/browser";
import { PATIENTS, PRACTITIONERS } from "#deploy/site/parties";
import { EHR_ORGANISATION, PLANS, startTestHelseid, type TestHelseid } from "./helseid-client.ts";
import { startScriptedServer, type ScriptedServer } from "./scripted-tenant.ts";

const SCOPE = `${PLANS}/read`;

let callback: ScriptedServer;
let redirectUri: string;
let helseid: TestHelseid;
let login: PractitionerLogin;

beforeAll(async () => {
  callback = await startScriptedServer(() => ({ status: 200 }));
  redirectUri = `${callback.url}/innlogging/tilbake`;
  helseid = await startTestHelseid(redirectUri);
  login = createPractitionerLogin(
    await connectHelseid({
      issuer: helseid.issuer,
      clientId: "ehr",
      privateJwk: helseid.key.privateJwk,
      allowInsecureIssuer: true,
    }),
  );
});
afterAll(async () => {
  await helseid[Symbol.asyncDispose]();
  await callback[Symbol.asyncDispose]();
});

async function begin(): Promise<BegunLogin> {
  const begun = await login.begin({ scope: SCOPE, redirectUri });
  return begun.kind === "begun" ? begun : expect.fail(begun.reason);
}

function loggedIn(outcome: CompletedLogin | TokenFailure): CompletedLogin {
  return outcome.kind === "logged-in" ? outcome : expect.fail(outcome.reason);
}

/** Lets somebody log in, and gives the address that the browser came back with. */
async function comeBack(browser: Browser, url: URL, form: Record<string, string>): Promise<URL> {
  const page = await browser.open(url);
  if (new URL(page.url).origin === new URL(helseid.issuer).origin) {
    await browser.open(page.url, form);
  }
  const { path, query } = callback.calls.at(-1) ?? expect.fail("nobody came back");
  return new URL(`${path}?${query.toString()}`, callback.url);
}

const GP = { identity_number: PRACTITIONERS.gp.identityNumber };

const attestation = {
  legalEntity: EHR_ORGANISATION,
  purposeDetails: { code: "BEHANDLER", system: "urn:AuditEventHL7Norway/CodeSystem/carerelation" },
  decision: { id: "decision-1", userSelected: false },
  patient: PATIENTS.kari.identityNumber,
};

test("a practitioner logs in, and the token says who, for whom and why", async () => {
  const { url, pending } = await begin();
  const back = await comeBack(new Browser(), url, GP);
  const completed = loggedIn(await login.complete(pending, back, attestation));
  expect(completed.practitioner).toMatchObject({
    name: PRACTITIONERS.gp.name,
    hprNumber: PRACTITIONERS.gp.hprNumber,
  });
  expect(decodeJwt(completed.token.value)).toMatchObject({
    aud: PLANS,
    scope: expect.stringContaining(SCOPE),
    "helseid://claims/identity/security_level": "4",
    "nhn:tillitsrammeverk:parameters": {
      practitioner: {
        identifier: { id: PRACTITIONERS.gp.identityNumber },
        legal_entity: { id: EHR_ORGANISATION },
        point_of_care: { id: EHR_ORGANISATION },
      },
      care_relationship: {
        purpose_of_use: { code: "TREAT" },
        decision_ref: { id: "decision-1", user_selected: false },
      },
      patients: [{ identifier: { id: PATIENTS.kari.identityNumber } }],
    },
  });
});

test("the next patient's token takes another trip and no other login, and is for that patient only", async () => {
  const browser = new Browser();
  const first = await begin();
  await login.complete(first.pending, await comeBack(browser, first.url, GP), attestation);
  const next = await begin();
  const page = await browser.open(next.url);
  expect(new URL(page.url).origin).toBe(callback.url); // HelseID asked nothing
  const { path, query } = callback.calls.at(-1) ?? expect.fail("nobody came back");
  const back = new URL(`${path}?${query.toString()}`, callback.url);
  const patient = PATIENTS.ola.identityNumber;
  const completed = loggedIn(await login.complete(next.pending, back, { ...attestation, patient }));
  const claims = JSON.stringify(decodeJwt(completed.token.value));
  expect(claims).toContain(patient);
  expect(claims).not.toContain(PATIENTS.kari.identityNumber);
});

test("nothing about the patient passes the browser", async () => {
  const { url, pending } = await begin();
  const back = await comeBack(new Browser(), url, GP);
  await login.complete(pending, back, attestation);
  for (const address of [url, back]) {
    expect(decodeURIComponent(address.href)).not.toContain(PATIENTS.kari.identityNumber);
  }
  expect([...url.searchParams.keys()]).toEqual(["client_id", "request_uri"]);
});

describe("a login is refused", () => {
  test("when the practitioner gives it up", async () => {
    const { url, pending } = await begin();
    const back = await comeBack(new Browser(), url, { cancel: "true" });
    expect(await login.complete(pending, back)).toEqual({
      kind: "refused",
      reason: "access_denied",
    });
  });

  test("when what comes back belongs to another login", async () => {
    const [mine, other] = [await begin(), await begin()];
    const back = await comeBack(new Browser(), other.url, GP);
    expect((await login.complete(mine.pending, back)).kind).not.toBe("logged-in");
  });

  test("when the code has been used", async () => {
    const { url, pending } = await begin();
    const back = await comeBack(new Browser(), url, GP);
    expect((await login.complete(pending, back)).kind).toBe("logged-in");
    expect(await login.complete(pending, back)).toEqual({
      kind: "refused",
      reason: "invalid_grant",
    });
  });

  test("when the attestation is of another organisation", async () => {
    const { url, pending } = await begin();
    const back = await comeBack(new Browser(), url, GP);
    const foreign = { ...attestation, legalEntity: "213456024" };
    expect(await login.complete(pending, back, foreign)).toEqual({
      kind: "refused",
      reason: "access_denied",
    });
  });
});
