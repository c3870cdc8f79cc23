import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { connectHelseid } from "#consumers-example/client/helseid-connection";
import { createTokenClient, type TokenClient } from "#consumers-example/client/token-client";
import type { AccessToken, TokenOutcome } from "#consumers-example/client/token-outcome";
import { newClientKey } from "#deploy/site/credentials";
import {
  CONTROLLER,
  EHR_ORGANISATION,
  startTestHelseid,
  SUBSCRIBE,
  SUPPLIER,
  type TestHelseid,
} from "./helseid-client.ts";
import { startScriptedServer, type Call, type ScriptedServer } from "./scripted-tenant.ts";

async function clientOf({ issuer, key }: TestHelseid, clientId = "ehr"): Promise<TokenClient> {
  const { privateJwk } = key;
  const settings = { issuer, clientId, privateJwk, allowInsecureIssuer: true };
  return createTokenClient(await connectHelseid(settings));
}

function tokenOf(outcome: TokenOutcome): AccessToken {
  return outcome.kind === "token" ? outcome.token : expect.fail(outcome.reason);
}

/** An issuer that only counts and remembers. */
async function scripted(expiresIn = 600) {
  let issued = 0;
  const server: ScriptedServer = await startScriptedServer((call: Call) => {
    if (call.path.startsWith("/.well-known")) {
      const { url } = server;
      return { status: 200, body: { issuer: url, token_endpoint: `${url}/token` } };
    }
    issued += 1;
    const access_token = `token-${issued}`;
    return { status: 200, body: { access_token, token_type: "DPoP", expires_in: expiresIn } };
  });
  const { privateJwk } = await newClientKey();
  let now = Date.now();
  const client = createTokenClient(
    await connectHelseid({
      issuer: server.url,
      clientId: "ehr",
      privateJwk,
      allowInsecureIssuer: true,
      now: () => now,
    }),
  );
  const value = async (scope = "a/b"): Promise<string> => {
    const outcome = await client.machineToken(scope);
    return outcome.kind === "token" ? outcome.token.value : outcome.reason;
  };
  const tokenCalls = () => server.calls.filter(({ path }) => path === "/token");
  return {
    client,
    value,
    tokenCalls,
    server,
    pass: (milliseconds: number) => (now += milliseconds),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe("a machine token", () => {
  test("is for the client's organisation and bound to a key of this process", async () => {
    await using helseid = await startTestHelseid();
    const outcome = await (await clientOf(helseid)).machineToken(SUBSCRIBE);
    expect(decodeJwt(tokenOf(outcome).value)).toMatchObject({
      aud: "hendelsesstrom:events",
      scope: SUBSCRIBE,
      cnf: { jkt: expect.any(String) },
      "helseid://claims/client/claims/orgnr_parent": EHR_ORGANISATION,
    });
    expect(tokenOf(outcome).expiresAt).toBeGreaterThan(Date.now());
  });

  test("of a supplier's client is for the organisation that it acts for", async () => {
    await using helseid = await startTestHelseid();
    const client = await clientOf(helseid, "supplier");
    const outcome = await client.machineToken(SUBSCRIBE, { parent: CONTROLLER });
    expect(decodeJwt(tokenOf(outcome).value)).toMatchObject({
      "helseid://claims/client/claims/orgnr_parent": CONTROLLER,
      "helseid://claims/client/claims/orgnr_supplier": SUPPLIER,
    });
  });

  test("is got also where HelseID wants its nonce in the proof", async () => {
    await using helseid = await startTestHelseid(undefined, { requireDpopNonce: true });
    expect(await (await clientOf(helseid)).machineToken(SUBSCRIBE)).toMatchObject({
      kind: "token",
    });
  });

  test("that HelseID refuses is refused, with its reason", async () => {
    await using helseid = await startTestHelseid();
    const client = await clientOf(helseid);
    expect(await client.machineToken("hendelsesstrom:events/administer")).toEqual({
      kind: "refused",
      reason: "invalid_scope",
    });
  });

  test("cannot be had while HelseID is away", async () => {
    const helseid = await startTestHelseid();
    const client = await clientOf(helseid);
    await helseid[Symbol.asyncDispose]();
    expect(await client.machineToken(SUBSCRIBE)).toMatchObject({ kind: "unavailable" });
  });

  test("is never asked for without TLS, unless that is allowed", async () => {
    const { privateJwk } = await newClientKey();
    const settings = { issuer: "http://helseid.example", clientId: "ehr", privateJwk };
    await expect(connectHelseid(settings)).rejects.toThrow("The issuer must use https");
  });
});

describe("towards HelseID, the client", () => {
  test("signs assertions of the newer type that live 30 seconds, each with its own id", async () => {
    await using helseid = await scripted();
    await helseid.value("a/b");
    await helseid.value("a/c");
    const assertions = helseid
      .tokenCalls()
      .map(({ body }) => new URLSearchParams(String(body)).get("client_assertion") ?? "");
    const [first] = assertions;
    expect(decodeProtectedHeader(first ?? "")).toMatchObject({
      typ: "client-authentication+jwt",
      alg: "ES256",
      kid: expect.any(String),
    });
    const { aud, iss, sub, iat, exp } = decodeJwt(first ?? "");
    expect({ aud, iss, sub }).toEqual({ aud: helseid.server.url, iss: "ehr", sub: "ehr" });
    expect(Number(exp) - Number(iat)).toBe(30);
    expect(new Set(assertions.map((assertion) => decodeJwt(assertion).jti)).size).toBe(2);
  });

  test("asks once for what many want, and again shortly before the end", async () => {
    await using helseid = await scripted(600);
    expect(await Promise.all([helseid.value(), helseid.value()])).toEqual(["token-1", "token-1"]);
    helseid.pass(594_000);
    expect(await helseid.value()).toBe("token-1");
    helseid.pass(1_001);
    expect(await Promise.all([helseid.value(), helseid.value()])).toEqual(["token-2", "token-2"]);
    expect(helseid.tokenCalls()).toHaveLength(2);
  });

  test("keeps tokens apart by scope and organisation, and forgets one that was refused", async () => {
    await using helseid = await scripted();
    expect([await helseid.value("a/b"), await helseid.value("a/c")]).toEqual([
      "token-1",
      "token-2",
    ]);
    await helseid.client.machineToken("a/b", { parent: "1" });
    helseid.client.forget(tokenOf(await helseid.client.machineToken("a/b")));
    expect([await helseid.value("a/b"), await helseid.value("a/c")]).toEqual([
      "token-4",
      "token-2",
    ]);
  });

  test("does not keep a failure", async () => {
    await using helseid = await scripted();
    const works = helseid.server.answer;
    helseid.server.answer = () => ({ status: 503 });
    expect(await helseid.client.machineToken("a/b")).toMatchObject({ kind: "unavailable" });
    helseid.server.answer = works;
    expect(await helseid.value()).toBe("token-1");
  });
});
