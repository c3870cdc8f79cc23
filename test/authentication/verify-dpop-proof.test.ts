import { exportJWK } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReplayCache } from "#authentication/replay-cache";
import { DEFAULT_ALGORITHMS } from "#authentication/signature-algorithms";
import {
  PROOF_WINDOW_MS,
  verifyDpopProof,
  type ProofExpectations,
} from "#authentication/verify-dpop-proof";
import {
  EXTERNAL_URL,
  newKey,
  NOW,
  NOW_SECONDS,
  proofClaims,
  proofHeader,
  sign,
  signAnything,
  tokenHash,
  type Fields,
  type Key,
} from "./issuer.ts";

const TOKEN = "an.access.token";

let key: Key;
let otherKey: Key;
let privateJwk: Fields;
let now: number;
let expected: ProofExpectations;

beforeAll(async () => {
  [key, otherKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
  privateJwk = { ...(await exportJWK(key.privateKey)) };
});

beforeEach(() => {
  now = NOW;
  expected = {
    accessToken: TOKEN,
    thumbprint: key.thumbprint,
    method: "GET",
    target: "/things/1?after=abc",
    externalUrl: EXTERNAL_URL,
    algorithms: DEFAULT_ALGORITHMS,
    replayCache: createReplayCache({ now: () => now, lifetimeMs: PROOF_WINDOW_MS }),
    now: () => now,
  };
});

async function mint(claims: Fields = {}, header: Fields = {}, signer = key): Promise<string> {
  return sign(signer, { ...proofHeader(key), ...header }, { ...proofClaims(TOKEN), ...claims });
}

describe("a good proof", () => {
  test.each(["ES256", "ES384", "ES512", "PS256", "PS384", "PS512"])(
    "with %s is verified",
    async (alg) => {
      const each = await newKey(alg);
      const proof = await sign(each, proofHeader(each), proofClaims(TOKEN));
      const outcome = await verifyDpopProof(proof, { ...expected, thumbprint: each.thumbprint });
      expect(outcome).toEqual({ kind: "verified" });
    },
  );

  test.each<[string, Fields]>([
    ["made almost 6 s ago", { iat: NOW_SECONDS - 5.749 }],
    ["made in 5 s", { iat: NOW_SECONDS + 5 }],
    ["with another spelling of the address", { htu: "https://API.example:443/b%61se/./things/1" }],
    ["with a nonce that nobody asked for", { nonce: "n" }],
  ])("%s is verified", async (_name, claims) => {
    expect(await verifyDpopProof(await mint(claims), expected)).toEqual({ kind: "verified" });
  });
});

describe("a bad proof", () => {
  test.each<[string, string, Fields]>([
    ["for another token", "token-hash", { ath: tokenHash("another.access.token") }],
    ["without the token's hash", "token-hash", { ath: undefined }],
    ["with the hash in base64", "token-hash", { ath: `${tokenHash(TOKEN)}=` }],
    ["for another method", "method", { htm: "POST" }],
    ["for the method in small letters", "method", { htm: "get" }],
    ["without a method", "method", { htm: undefined }],
    ["for another path", "target", { htu: `${EXTERNAL_URL}/things/2` }],
    ["for the path in other letters", "target", { htu: `${EXTERNAL_URL}/Things/1` }],
    ["for the path with a slash more", "target", { htu: `${EXTERNAL_URL}/things/1/` }],
    ["for another host", "target", { htu: "https://api.example.evil/base/things/1" }],
    ["for another port", "target", { htu: "https://api.example:8443/base/things/1" }],
    ["for another scheme", "target", { htu: "http://api.example/base/things/1" }],
    ["for the address behind the proxy", "target", { htu: "https://api.example/things/1" }],
    ["with the query in its address", "target", { htu: `${EXTERNAL_URL}/things/1?after=abc` }],
    ["without an address", "target", { htu: undefined }],
    ["with several addresses", "target", { htu: [`${EXTERNAL_URL}/things/1`] }],
    ["without an id", "proof-id", { jti: undefined }],
    ["with an empty id", "proof-id", { jti: "" }],
    ["with a huge id", "proof-id", { jti: "x".repeat(257) }],
    ["with an id that is a number", "proof-id", { jti: 7 }],
    ["without a time", "issued-at", { iat: undefined }],
    ["with a time in words", "issued-at", { iat: "now" }],
    ["made 6 s ago", "too-old", { iat: NOW_SECONDS - 5.75 }],
    ["made in 6 s", "from-the-future", { iat: NOW_SECONDS + 6 }],
  ])("%s is refused: %s", async (_name, reason, claims) => {
    const outcome = await verifyDpopProof(await mint(claims), expected);
    expect(outcome).toEqual({ kind: "refused", reason });
  });

  test.each<[string, string, Fields]>([
    ["of another type", "type", { typ: "JWT" }],
    ["without a type", "type", { typ: undefined }],
    ["without a key", "key", { jwk: undefined }],
    ["with a key that is text", "key", { jwk: "key" }],
    ["with a key that is an array", "key", { jwk: [] }],
    ["with an empty key", "key", { jwk: {} }],
    ["with a key of no kind", "key", { jwk: { kty: "XYZ" } }],
  ])("%s is refused: %s", async (_name, reason, header) => {
    const outcome = await verifyDpopProof(await mint({}, header), expected);
    expect(outcome).toEqual({ kind: "refused", reason });
  });

  test("with the private key in it is refused: private-key", async () => {
    const outcome = await verifyDpopProof(await mint({}, { jwk: privateJwk }), expected);
    expect(outcome).toEqual({ kind: "refused", reason: "private-key" });
  });

  test("with an RSA private exponent in it is refused: private-key", async () => {
    const outcome = await verifyDpopProof(
      await mint({}, { jwk: { ...key.jwk, dq: "AQ" } }),
      expected,
    );
    expect(outcome).toEqual({ kind: "refused", reason: "private-key" });
  });

  test("of another key than the token's is refused: another-key", async () => {
    const proof = await sign(otherKey, proofHeader(otherKey), proofClaims(TOKEN));
    expect(await verifyDpopProof(proof, expected)).toEqual({
      kind: "refused",
      reason: "another-key",
    });
  });

  test("naming the token's key but signed with another is refused: signature", async () => {
    const proof = await mint({}, {}, otherKey);
    expect(await verifyDpopProof(proof, expected)).toEqual({
      kind: "refused",
      reason: "signature",
    });
  });

  test.each(["HS256", "none", "RS256", "EdDSA", undefined])(
    "with alg %s is refused: algorithm",
    async (alg) => {
      const proof = await signAnything(key, { ...proofHeader(key), alg }, "{}");
      expect(await verifyDpopProof(proof, expected)).toEqual({
        kind: "refused",
        reason: "algorithm",
      });
    },
  );

  test("with an algorithm of another kind of key is refused: key", async () => {
    const proof = await signAnything(key, { ...proofHeader(key), alg: "PS256" }, "{}");
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "refused", reason: "key" });
  });

  test.each([
    "",
    "x",
    "a.b",
    "a.b.c",
    "e30.e30.AQID ",
    "e30.e30.AQID, e30.e30.AQID",
    "W10.e30.AQID",
  ])("%j is refused: malformed", async (proof) => {
    const outcome = await verifyDpopProof(proof, expected);
    expect(outcome).toEqual({ kind: "refused", reason: "malformed" });
  });

  test.each(["[]", "null", '"text"', "not json"])(
    "whose payload is %s is refused: malformed",
    async (payload) => {
      const proof = await signAnything(key, proofHeader(key), payload);
      expect(await verifyDpopProof(proof, expected)).toEqual({
        kind: "refused",
        reason: "malformed",
      });
    },
  );

  test("with a critical header that is unknown is refused: malformed", async () => {
    const header = { ...proofHeader(key), crit: ["exotic"], exotic: true };
    const proof = await signAnything(key, header, JSON.stringify(proofClaims(TOKEN)));
    expect(await verifyDpopProof(proof, expected)).toEqual({
      kind: "refused",
      reason: "malformed",
    });
  });

  test("longer than the limit is refused: malformed", async () => {
    const proof = await mint({ padding: "x".repeat(4_096) });
    expect(await verifyDpopProof(proof, expected)).toEqual({
      kind: "refused",
      reason: "malformed",
    });
  });

  test("for a request with dot segments is refused: target", async () => {
    const outcome = await verifyDpopProof(await mint(), {
      ...expected,
      target: "/x/%2e%2e/things/1",
    });
    expect(outcome).toEqual({ kind: "refused", reason: "target" });
  });
});
