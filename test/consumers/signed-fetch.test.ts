import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { expect, test } from "vitest";
import { createSignedFetch, type TokenSource } from "#consumers-example/client/signed-fetch";
import { scriptedFetch } from "./scripted-fetch.ts";
import { startScriptedServer } from "./scripted-tenant.ts";

async function fetchWith(tokens: TokenSource, insecure = true) {
  const client: oauth.Client = { client_id: "test" };
  const proofKey = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  return createSignedFetch({ proofKey, insecure, now: Date.now }, tokens);
}

test("each request carries a proof of its own: method, address without query, hash of the token", async () => {
  await using server = await startScriptedServer(() => ({ status: 200, body: { a: 1 } }));
  const signed = await scriptedFetch();
  const url = new URL("/events?after=x.1", server.url);
  expect(await signed({ method: "GET", url })).toMatchObject({ status: 200, body: { a: 1 } });
  await signed({ method: "GET", url });
  const [first = "", second = ""] = server.calls.map(({ headers }) => String(headers["dpop"]));
  expect(decodeProtectedHeader(first)).toMatchObject({ typ: "dpop+jwt", alg: "ES256" });
  expect(decodeJwt(first)).toMatchObject({
    htm: "GET",
    htu: `${server.url}/events`,
    ath: createHash("sha256").update("a-token").digest("base64url"),
  });
  expect(decodeJwt(first).jti).not.toBe(decodeJwt(second).jti);
});

test("a token that is refused is dropped, and one other attempt is made", async () => {
  const forgotten: string[] = [];
  let given = 0;
  const tokens: TokenSource = {
    get: async () => {
      given += 1;
      return { kind: "token", token: { value: `token-${given}`, expiresAt: Infinity } };
    },
    forget: ({ value }) => forgotten.push(value),
  };
  await using server = await startScriptedServer(({ headers }) =>
    headers.authorization === "DPoP token-2"
      ? { status: 200 }
      : { status: 401, headers: { "www-authenticate": 'DPoP error="invalid_token"' } },
  );
  const signed = await fetchWith(tokens);
  expect(await signed({ method: "GET", url: new URL(server.url) })).toMatchObject({ status: 200 });
  expect(forgotten).toEqual(["token-1"]);
  expect(await signed({ method: "GET", url: new URL(server.url) })).toMatchObject({ status: 401 });
  expect(server.calls).toHaveLength(4);
});

test("an API that wants a nonce in the proof gets it", async () => {
  await using server = await startScriptedServer(({ headers }) =>
    decodeJwt(String(headers["dpop"]))["nonce"] === "n-1"
      ? { status: 200 }
      : {
          status: 401,
          headers: { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n-1" },
        },
  );
  const signed = await scriptedFetch();
  expect(await signed({ method: "GET", url: new URL(server.url) })).toMatchObject({ status: 200 });
});

test("a redirect is not followed: the token is for the one that was called", async () => {
  await using elsewhere = await startScriptedServer(() => ({ status: 200 }));
  await using server = await startScriptedServer(() => ({
    status: 307,
    headers: { location: elsewhere.url },
  }));
  const signed = await scriptedFetch();
  expect(await signed({ method: "GET", url: new URL(server.url) })).toMatchObject({ status: 307 });
  expect(elsewhere.calls).toEqual([]);
});

test("an answer larger than the limit is given up", async () => {
  const body = `"${"x".repeat(5 * 1024 * 1024)}"`;
  await using server = await startScriptedServer(() => ({ status: 200, body }));
  const signed = await scriptedFetch();
  expect(await signed({ method: "GET", url: new URL(server.url) })).toEqual({
    kind: "unavailable",
    reason: "the answer is too large",
  });
});

test("a server that is not there is unavailable, and its address stays out of the reason", async () => {
  const server = await startScriptedServer(() => undefined);
  await server[Symbol.asyncDispose]();
  const signed = await scriptedFetch();
  expect(await signed({ method: "GET", url: new URL(server.url) })).toEqual({
    kind: "unavailable",
    reason: "ECONNREFUSED",
  });
});

test("a token is never sent without TLS, unless that is allowed", async () => {
  await using server = await startScriptedServer(() => ({ status: 200 }));
  const signed = await fetchWith(
    { get: async () => ({ kind: "token", token: { value: "t", expiresAt: Infinity } }) },
    false,
  );
  expect(await signed({ method: "GET", url: new URL(server.url) })).toMatchObject({
    kind: "refused",
    reason: "the address has no TLS",
  });
  expect(server.calls).toEqual([]);
});
