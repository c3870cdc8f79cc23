import { request as send } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FastifyInstance } from "fastify";
import { createAuthenticator } from "#authentication/authenticator";
import { buildWebServer } from "#web/build-web-server";
import { callerOf } from "#web/caller-of";
import { listen } from "#web/listen";
import { createLogger } from "#web/logger";
import { requireCaller } from "#web/require-caller";
import {
  asFields,
  attestationClaim,
  AUDIENCE,
  ISSUER,
  keySet,
  LOGIN_CLAIMS,
  newKey,
  ORGANISATION,
  PATIENT,
  PRACTITIONER,
  proofHeader,
  sign,
  tokenClaims,
  tokenHash,
  type Fields,
  type Key,
} from "./issuer.ts";

const ALGS = 'algs="PS256 PS384 PS512 ES256 ES384 ES512"';

let app: FastifyInstance;
let url: string;
let issuerKey: Key;
let clientKey: Key;
let areKeysUp = true;
let handled = 0;
const lines: string[] = [];

beforeAll(async () => {
  [issuerKey, clientKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
  const keys = keySet(issuerKey);
  const authenticator = createAuthenticator({
    issuer: ISSUER,
    audience: AUDIENCE,
    externalUrl: () => url,
    keys: (...given) => (areKeysUp ? keys(...given) : Promise.reject(new Error("down"))),
    now: Date.now,
  });
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ name: "test", level: "info", destination });
  app = await buildWebServer({ title: "Test", version: "1.0.0", logger });
  const onRequest = requireCaller(authenticator, { scope: `${AUDIENCE}/read` });
  app.post("/things/:id", {
    onRequest,
    handler: (request) => {
      handled += 1;
      const caller = callerOf(request);
      return { ...caller, scopes: [...caller.scopes] };
    },
  });
  const anyOf = [`${AUDIENCE}/admin`, `${AUDIENCE}/write`];
  app.post("/any-of/:id", {
    onRequest: requireCaller(authenticator, { scope: anyOf }),
    handler: () => ({}),
  });
  app.post("/none-of/:id", {
    onRequest: requireCaller(authenticator, { scope: [] }),
    handler: () => ({}),
  });
  app.get("/forgotten", (request) => callerOf(request));
  url = await listen(app, { host: "127.0.0.1", port: 0 });
});

afterAll(() => app.close());

async function mintToken(more: Fields = {}): Promise<string> {
  const claims = tokenClaims(clientKey.thumbprint, Math.floor(Date.now() / 1000));
  const header = { typ: "at+jwt", kid: issuerKey.thumbprint };
  return sign(issuerKey, header, { ...claims, ...more });
}

async function mintProof(token: string, more: Fields = {}): Promise<string> {
  return sign(clientKey, proofHeader(clientKey), {
    jti: crypto.randomUUID(),
    htm: "POST",
    htu: `${url}/things/1`,
    iat: Math.floor(Date.now() / 1000),
    ath: tokenHash(token),
    ...more,
  });
}

/** Over a real connection; a field given as an array is sent that many times. */
async function post(
  headers: Record<string, string | string[]>,
  { body = "{}", path = "/things/1" } = {},
) {
  const fields = { "content-type": "application/json", ...headers };
  const request = send(`${url}${path}?page=2`, { method: "POST", headers: fields });
  request.end(body);
  const [answer] = await once(request, "response");
  return {
    status: Number(answer.statusCode),
    challenge: asFields(answer.headers)["www-authenticate"],
    body: asFields(JSON.parse(await text(answer))),
    retryAfter: asFields(answer.headers)["retry-after"],
  };
}

async function postWith(more: Fields = {}) {
  const token = await mintToken(more);
  return post({ authorization: `DPoP ${token}`, dpop: await mintProof(token) });
}

async function postTo(path: string, scope: string) {
  const token = await mintToken({ scope });
  const dpop = await mintProof(token, { htu: url + path });
  return post({ authorization: `DPoP ${token}`, dpop }, { path });
}

test("a caller with token, proof and scope reaches the handler, which knows it", async () => {
  const claim = attestationClaim(Math.floor(Date.now() / 1000));
  const answer = await postWith({ ...LOGIN_CLAIMS, "nhn:tillitsrammeverk:parameters": claim });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    clientId: "client-1",
    organisation: ORGANISATION,
    scopes: [`${AUDIENCE}/read`, `${AUDIENCE}/write`],
    practitioner: { identityNumber: PRACTITIONER, securityLevel: "4" },
    attestation: { patients: [{ identifier: PATIENT }] },
  });
});

describe("a caller is turned away", () => {
  test("without credentials: 401, and no error in the challenge", async () => {
    expect(await post({})).toMatchObject({
      status: 401,
      challenge: `DPoP ${ALGS}`,
      body: {
        type: "https://hendelsesstrom.example/problems/unauthenticated",
        detail: "missing_token: no-authorization",
      },
    });
  });

  test("before its body is read, however broken that is", async () => {
    expect(await post({ "content-type": "text/plain" }, { body: '{"broken' })).toMatchObject({
      status: 401,
    });
  });

  test("with a Bearer token: 401", async () => {
    const token = await mintToken();
    const answer = await post({ authorization: `Bearer ${token}`, dpop: await mintProof(token) });
    expect(answer).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_token", ${ALGS}`,
      body: { detail: "use_dpop: not-the-dpop-scheme" },
    });
  });

  test("with two Authorization fields, of which Node would drop one: 401", async () => {
    const token = await mintToken();
    const authorization = [`DPoP ${token}`, "DPoP e30.e30.AQID"];
    const answer = await post({ authorization, dpop: await mintProof(token) });
    expect(answer).toMatchObject({
      status: 401,
      body: { detail: "invalid_token: several-authorizations" },
    });
  });

  test("with two DPoP fields: 401", async () => {
    const token = await mintToken();
    const dpop = [await mintProof(token), await mintProof(token)];
    expect(await post({ authorization: `DPoP ${token}`, dpop })).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_dpop_proof", ${ALGS}`,
      body: {
        type: "https://hendelsesstrom.example/problems/invalid-proof",
        detail: "invalid_dpop_proof: several-proofs",
      },
    });
  });

  test("with an attestation that has expired: 401 with the rule's own error", async () => {
    const claim = attestationClaim(Math.floor(Date.now() / 1000) - 3_601);
    const more = { ...LOGIN_CLAIMS, "nhn:tillitsrammeverk:parameters": claim };
    expect(await postWith(more)).toMatchObject({
      status: 401,
      challenge: `DPoP error="attestation_has_expired", ${ALGS}`,
    });
  });

  test("without the scope: 403, and it is said which", async () => {
    expect(await postWith({ scope: `${AUDIENCE}/readers ${AUDIENCE}/write` })).toMatchObject({
      status: 403,
      challenge: `DPoP error="insufficient_scope", scope="${AUDIENCE}/read"`,
      body: { type: "https://hendelsesstrom.example/problems/forbidden" },
    });
  });

  test.each([
    ["/any-of/1", `${AUDIENCE}/write`, 200],
    ["/any-of/1", `${AUDIENCE}/admin ${AUDIENCE}/write`, 200],
    ["/any-of/1", `${AUDIENCE}/read`, 403],
    ["/none-of/1", `${AUDIENCE}/read`, 403],
  ])("or not, at %s with the scope %s: %d", async (path, scope, status) => {
    expect(await postTo(path, scope)).toMatchObject({ status });
  });

  test("when the issuer's keys cannot be had: 503, to be tried again", async () => {
    areKeysUp = false;
    const answer = await postWith();
    areKeysUp = true;
    expect(answer).toMatchObject({ status: 503, retryAfter: "5", challenge: undefined });
    expect(answer.body).not.toHaveProperty("detail");
  });

  test("and then no handler has run", async () => {
    const before = handled;
    await postWith({ aud: "another:api" });
    expect(handled).toBe(before);
  });
});

test("a route that forgot to ask who calls fails closed", async () => {
  expect((await fetch(`${url}/forgotten`)).status).toBe(500);
});

test("the log has the client and the reason, and neither tokens nor people", async () => {
  const token = await mintToken(LOGIN_CLAIMS);
  const proof = await mintProof(token);
  await post({ authorization: `DPoP ${token}`, dpop: proof });
  await post({ authorization: `DPoP ${token}`, dpop: proof });
  await vi.waitFor(() => expect(lines.at(-1)).toContain("replayed"));
  const log = lines.join("");
  expect(log).toContain('"clientId":"client-1"');
  expect(log).toContain('"reason":"invalid_dpop_proof: replayed"');
  const [header = ""] = token.split(".");
  for (const secret of [header, token, proof, PRACTITIONER, PATIENT, "Syntetisk"]) {
    expect(log).not.toContain(secret);
  }
});
