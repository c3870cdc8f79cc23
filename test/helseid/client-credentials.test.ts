import { decodeProtectedHeader } from "jose";
import type * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";
import { beginLogin, createBrowser, redirectOf } from "./log-in.ts";
import {
  createClientKey,
  EVENTS_SCOPE,
  NURSE,
  PLANS_SCOPE,
  registrationsFor,
  type ClientKey,
} from "./registrations.ts";
import {
  claimsOf,
  createTestClient,
  refusal,
  verified,
  type TestClient,
  type TestClientOptions,
} from "./test-client.ts";

let key: ClientKey;
let helseid: Helseid;

beforeAll(async () => {
  key = await createClientKey();
  helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrationsFor(key) });
});
afterAll(() => helseid[Symbol.asyncDispose]());

const client = (options: TestClientOptions = {}): Promise<TestClient> =>
  createTestClient(helseid.issuer, key, options);

const NEVER = "helseid://claims/identity/pid";

describe("metadata", () => {
  test("is at HelseID's paths", async () => {
    const { server } = await client();
    expect(server).toMatchObject({
      issuer: helseid.issuer,
      token_endpoint: `${helseid.issuer}/connect/token`,
      authorization_endpoint: `${helseid.issuer}/connect/authorize`,
      pushed_authorization_request_endpoint: `${helseid.issuer}/connect/par`,
      jwks_uri: `${helseid.issuer}/.well-known/openid-configuration/jwks`,
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
      require_pushed_authorization_requests: true,
    });
  });

  test("publishes public keys only", async () => {
    const response = await fetch(`${helseid.issuer}/.well-known/openid-configuration/jwks`);
    const text = expect.any(String);
    const jwk = { alg: "ES256", crv: "P-256", kid: text, kty: "EC", use: "sig", x: text, y: text };
    expect(await response.json()).toEqual({ keys: [jwk] });
  });

  test("follows a given issuer, however the stand-in is reached", async () => {
    const issuer = "https://helseid.example";
    const options = { host: "127.0.0.1", port: 0, issuer, ...registrationsFor(key) };
    await using named = await startHelseid(options);
    const through = {
      fetch: (url: string, init: object) => fetch(url.replace(issuer, named.origin), init),
    };
    const reached = await createTestClient(issuer, key, through);
    expect(reached.server.jwks_uri).toBe(`${issuer}/.well-known/openid-configuration/jwks`);
    const { access_token: token } = await reached.clientCredentials(EVENTS_SCOPE);
    expect(claimsOf(token)["iss"]).toBe(issuer);
  });
});

describe("a token for a client itself", () => {
  test("is a short-lived at+jwt for the scope's audience, bound to the proof's key", async () => {
    const answer = await (await client()).clientCredentials(EVENTS_SCOPE);
    expect(answer).toMatchObject({ token_type: "dpop", expires_in: 600, scope: EVENTS_SCOPE });
    const token = await verified(helseid.issuer, answer.access_token, "hendelsesstrom:events");
    expect(token.protectedHeader).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(token.payload).toMatchObject({
      aud: "hendelsesstrom:events",
      client_id: "single",
      scope: EVENTS_SCOPE,
      cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) },
      jti: expect.any(String),
      nbf: expect.any(Number),
      "helseid://claims/client/client_name": "GP office's EHR",
    });
    expect(Number(token.payload.exp) - Number(token.payload.iat)).toBe(600);
    expect(token.payload).not.toHaveProperty([NEVER]);
  });

  test("takes a PS256 key too", async () => {
    const rsa = await createClientKey("PS256");
    const options = { host: "127.0.0.1", port: 0, ...registrationsFor(rsa) };
    await using other = await startHelseid(options);
    const answer = await (
      await createTestClient(other.issuer, rsa)
    ).clientCredentials(EVENTS_SCOPE);
    expect(decodeProtectedHeader(answer.access_token).alg).toBe("ES256");
  });

  test("takes the older type of assertion", async () => {
    const old = await client({ assertion: (header) => void (header["typ"] = "JWT") });
    expect((await old.clientCredentials(EVENTS_SCOPE)).expires_in).toBe(600);
  });

  test("takes a resource indicator that agrees with the scope", async () => {
    const resource = { resource: "hendelsesstrom:events" };
    const answer = await (await client()).clientCredentials(EVENTS_SCOPE, resource);
    expect(claimsOf(answer.access_token)["aud"]).toBe("hendelsesstrom:events");
  });
});

describe("the scope", () => {
  const refusals: [name: string, scope: string | undefined, error: string][] = [
    ["none", undefined, "invalid_scope: no scope of an API was asked for: {audience}/{name}"],
    [
      "unknown",
      "hendelsesstrom:events/own",
      "invalid_scope: unknown scope: hendelsesstrom:events/own",
    ],
    ["known and unknown", `${EVENTS_SCOPE} other`, "invalid_scope: unknown scope: other"],
    ["openid without a login", `openid ${EVENTS_SCOPE}`, "invalid_scope: unknown scope: openid"],
    [
      "not the client's",
      "hendelsesstrom:events/publish",
      "invalid_scope: the client is not registered for: hendelsesstrom:events/publish",
    ],
    [
      "of two audiences",
      `${EVENTS_SCOPE} ${PLANS_SCOPE}`,
      "invalid_target: one token is for one audience, not both hendelsesstrom:events and hendelsesstrom:plans",
    ],
  ];
  test.each(refusals)("%s is refused", async (_name, scope, error) => {
    expect(await refusal((await client()).clientCredentials(scope))).toBe(error);
  });

  test("of another audience than the resource is refused", async () => {
    const resource = { resource: "hendelsesstrom:plans" };
    const attempt = (await client()).clientCredentials(EVENTS_SCOPE, resource);
    expect(await refusal(attempt)).toBe(
      "invalid_target: the scope is not one of hendelsesstrom:plans",
    );
  });
});

async function newToken(assertion?: oauth.ModifyAssertionFunction): Promise<string> {
  const asker = await client(assertion === undefined ? {} : { assertion });
  return (await asker.clientCredentials(EVENTS_SCOPE)).access_token;
}

const withSameId: oauth.ModifyAssertionFunction = (_header, payload) => {
  payload["jti"] = "before-and-after";
};

describe("a change of keys", () => {
  test("lets a new key sign, and old tokens still verify", async () => {
    const before = await newToken();
    await helseid.rotateKeys();
    const after = await newToken();
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    await verified(helseid.issuer, before, "hendelsesstrom:events");
    await verified(helseid.issuer, after, "hendelsesstrom:events");
  });

  test("can be asked for over HTTP, which names the new key", async () => {
    const response = await fetch(`${helseid.issuer}/stand-in/rotate-keys`, { method: "POST" });
    const { kid } = decodeProtectedHeader(await newToken());
    expect(await response.json()).toEqual({ signingKey: kid });
  });

  test("forgets no assertion", async () => {
    await newToken(withSameId);
    await helseid.rotateKeys();
    expect(await refusal(newToken(withSameId))).toBe(
      "invalid_client: client authentication failed: client assertion tokens must only be used once",
    );
  });

  test("does not disturb a login that is under way", async () => {
    const asker = await client();
    const { address, verifier } = await beginLogin(asker, { scope: PLANS_SCOPE });
    const browser = createBrowser();
    await helseid.rotateKeys();
    const page = redirectOf(await browser.open(address));
    await helseid.rotateKeys();
    const form = { identity_number: NURSE.identityNumber };
    const resumed = redirectOf(await browser.open(page, form));
    await helseid.rotateKeys();
    const callback = redirectOf(await browser.open(resumed));
    const answer = await asker.exchange(callback, verifier);
    expect(claimsOf(answer.access_token)["name"]).toBe(NURSE.name);
  });
});
