import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";
import { beginLogin, createBrowser, logIn, redirectOf, submit } from "./log-in.ts";
import {
  createClientKey,
  GP_OFFICE,
  HELPER,
  NURSE,
  PLANS_SCOPE,
  REDIRECT_URI,
  registrationsFor,
  type ClientKey,
} from "./registrations.ts";
import { claimsOf, createTestClient, refusal, verified, type TestClient } from "./test-client.ts";

let key: ClientKey;
let helseid: Helseid;
let client: TestClient;

beforeAll(async () => {
  key = await createClientKey();
  helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrationsFor(key) });
  client = await createTestClient(helseid.issuer, key);
});
afterAll(() => helseid[Symbol.asyncDispose]());

const asNurse = { identity_number: NURSE.identityNumber };
const scope = `openid profile helseid://scopes/identity/pid ${PLANS_SCOPE}`;

describe("a login", () => {
  test("gives a token that says who the practitioner is", async () => {
    const { callback, verifier } = await logIn(client, { scope, form: asNurse });
    const answer = await client.exchange(callback, verifier);
    expect(answer).toMatchObject({ token_type: "dpop", expires_in: 600, scope });
    const { payload } = await verified(helseid.issuer, answer.access_token, "hendelsesstrom:plans");
    expect(payload).toMatchObject({
      scope,
      client_id: "single",
      cnf: { jkt: expect.any(String) },
      auth_time: expect.any(Number),
      amr: ["pwd"],
      name: "Grønn <Vits>",
      "helseid://claims/client/claims/orgnr_parent": GP_OFFICE,
      "helseid://claims/identity/pid": NURSE.identityNumber,
      "helseid://claims/identity/security_level": "4",
      "helseid://claims/identity/assurance_level": "high",
      "helseid://claims/hpr/hpr_number": "431001110",
    });
    expect(payload.sub).toMatch(/^[\w-]{43}$/);
  });

  test("gives an id token with the claims whose scopes were asked for", async () => {
    const { callback, verifier } = await logIn(client, { scope, form: asNurse });
    const claims = decodeJwt((await client.exchange(callback, verifier)).id_token ?? "");
    expect(claims).toMatchObject({
      name: NURSE.name,
      "helseid://claims/identity/pid": NURSE.identityNumber,
    });
    expect(claims).not.toHaveProperty(["helseid://claims/hpr/hpr_number"]);
  });

  test("of one without authorisation has no hpr_number", async () => {
    const form = { identity_number: HELPER.identityNumber };
    const { callback, verifier } = await logIn(client, { scope: PLANS_SCOPE, form });
    const claims = claimsOf((await client.exchange(callback, verifier)).access_token);
    expect(claims["helseid://claims/identity/pid"]).toBe(HELPER.identityNumber);
    expect(claims).not.toHaveProperty(["helseid://claims/hpr/hpr_number"]);
  });

  test("lasts in the browser, so that the next request asks nobody", async () => {
    const browser = createBrowser();
    await logIn(client, { scope, form: asNurse, browser });
    const { address, verifier } = await beginLogin(client, { scope });
    const callback = redirectOf(await browser.open(address));
    const claims = claimsOf((await client.exchange(callback, verifier)).access_token);
    expect(claims["name"]).toBe(NURSE.name);
  });

  test("can be another's, when the client asks for a new one", async () => {
    const browser = createBrowser();
    await logIn(client, { scope, form: asNurse, browser });
    const { address, verifier } = await beginLogin(client, { scope, more: { prompt: "login" } });
    const page = redirectOf(await browser.open(address));
    const form = { identity_number: HELPER.identityNumber };
    // the old login ends first, with a form that a browser sends by itself
    const farewell = await browser.open(redirectOf(await browser.open(page, form)));
    const resumed = redirectOf(await submit(browser, farewell, { logout: "yes" }));
    const callback = redirectOf(await browser.open(resumed));
    const claims = claimsOf((await client.exchange(callback, verifier)).access_token);
    expect(claims["name"]).toBe(HELPER.name);
  });

  test("ends at the end-session endpoint", async () => {
    const browser = createBrowser();
    await logIn(client, { scope, form: asNurse, browser });
    const question = await browser.open(client.server.end_session_endpoint ?? "");
    expect(await question.clone().text()).toContain("Ja, logg ut");
    const goodbye = redirectOf(await submit(browser, question, { logout: "yes" }));
    expect(await (await browser.open(goodbye)).text()).toContain("Du er logget ut");
    const { address } = await beginLogin(client, { scope });
    expect(redirectOf(await browser.open(address)).pathname).toMatch(/^\/login\//);
  });
});

describe("the login page", () => {
  test("is in bokmål, lists the practitioners, and says that it is a stand-in", async () => {
    const browser = createBrowser();
    const { address } = await beginLogin(client, { scope });
    const response = await browser.open(redirectOf(await browser.open(address)));
    expect(response.headers.get("x-stand-in")).toMatch(/never for real use/);
    const html = await response.text();
    expect(html).toContain('<html lang="nb">');
    expect(html).toContain("stedfortreder for HelseID");
    expect(html).toContain("Grønn &lt;Vits&gt; (HPR-nummer 431001110)");
    expect(html).toContain("GP office&#39;s EHR ber om innlogging");
    expect(html).not.toContain(NURSE.identityNumber);
    const [, sub = ""] = /value="([^"]+)">Modig Bølge</.exec(html) ?? [];
    const resumed = redirectOf(await browser.open(response.url, { sub }));
    expect(redirectOf(await browser.open(resumed)).searchParams.has("code")).toBe(true);
  });

  test("refuses one whom it does not know", async () => {
    const browser = createBrowser();
    const { address } = await beginLogin(client, { scope });
    const page = redirectOf(await browser.open(address));
    const response = await browser.open(page, { sub: "nobody" });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("Ukjent helsepersonell");
  });

  test("can be left", async () => {
    const { callback } = await logIn(client, { scope, form: { cancel: "true" } });
    expect(callback.origin + callback.pathname).toBe(REDIRECT_URI);
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({
      error: "access_denied",
      error_description: "the practitioner cancelled",
    });
  });

  test("is nobody's without the browser that began", async () => {
    const { address } = await beginLogin(client, { scope });
    const page = redirectOf(await createBrowser().open(address));
    const response = await createBrowser().open(page, asNurse);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("Innloggingen er utløpt");
  });
});

describe("a request to log in", () => {
  const refusals: [string, Record<string, string>, string][] = [
    [
      "without PKCE",
      { code_challenge: "", code_challenge_method: "" },
      "invalid_request: Authorization Server policy requires PKCE to be used for this request",
    ],
    [
      "with plain PKCE",
      { code_challenge_method: "plain" },
      "invalid_request: not supported value of code_challenge_method",
    ],
    [
      "without an API's scope",
      { scope: "openid" },
      "invalid_scope: no scope of an API was asked for: {audience}/{name}",
    ],
    [
      "with an unknown scope",
      { scope: "openid hendelsesstrom:plans/own" },
      "invalid_scope: unknown scope: hendelsesstrom:plans/own",
    ],
    [
      "for two audiences",
      { scope: "hendelsesstrom:plans/read hendelsesstrom:events/subscribe" },
      "invalid_target: one token is for one audience, not both hendelsesstrom:plans and hendelsesstrom:events",
    ],
    [
      "to an unregistered address",
      { redirect_uri: "https://evil.example/" },
      "invalid_request: redirect_uri did not match any of the client's registered redirect_uris",
    ],
    [
      "with details that are not JSON",
      { assertion_details: "{" },
      "invalid_authorization_details: the parameter is not JSON",
    ],
  ];
  test.each(refusals)("%s is refused", async (_name, more, error) => {
    expect(await refusal(beginLogin(client, { scope, more }))).toBe(error);
  });

  test("that was not pushed is refused", async () => {
    const address = new URL(client.server.authorization_endpoint ?? "");
    for (const [name, value] of [
      ["client_id", "single"],
      ["redirect_uri", REDIRECT_URI],
      ["response_type", "code"],
      ["scope", PLANS_SCOPE],
    ] as const) {
      address.searchParams.set(name, value);
    }
    const callback = redirectOf(await createBrowser().open(address));
    expect(callback.searchParams.get("error_description")).toBe(
      "Pushed Authorization Request must be used",
    );
  });

  test("of an unknown client is answered with a page in bokmål", async () => {
    const address = new URL(client.server.authorization_endpoint ?? "");
    address.searchParams.set("client_id", "nobody");
    address.searchParams.set("request_uri", "urn:ietf:params:oauth:request_uri:nothing");
    const response = await createBrowser().open(address);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/Innloggingen stoppet.*invalid_client/s);
  });
});

describe("a code", () => {
  test("needs its verifier", async () => {
    const { callback } = await logIn(client, { scope, form: asNurse });
    expect(await refusal(client.exchange(callback, "v".repeat(43)))).toBe(
      "invalid_grant: grant request is invalid: code_verifier does not match code_challenge",
    );
  });

  test("is taken once", async () => {
    const { callback, verifier } = await logIn(client, { scope, form: asNurse });
    await client.exchange(callback, verifier);
    expect(await refusal(client.exchange(callback, verifier))).toBe(
      "invalid_grant: grant request is invalid: authorization code already consumed",
    );
  });

  test("belongs to the client that asked", async () => {
    const { callback, verifier } = await logIn(client, { scope, form: asNurse });
    const other = await createTestClient(helseid.issuer, key, { clientId: "multi" });
    expect(await refusal(other.exchange(callback, verifier))).toBe(
      "invalid_grant: grant request is invalid: client mismatch",
    );
  });
});
