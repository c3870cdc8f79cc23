import { createHmac } from "node:crypto";
import type { JWTVerifyGetKey } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_ALGORITHMS } from "#authentication/signature-algorithms";
import { verifyAccessToken, type TokenExpectations } from "#authentication/verify-access-token";
import {
  AUDIENCE,
  ISSUER,
  keySet,
  newKey,
  NOW,
  NOW_SECONDS,
  sign,
  signAnything,
  tokenClaims,
  type Fields,
  type Key,
} from "./issuer.ts";

let issuerKey: Key;
let otherKey: Key;
let rsaKey: Key;
let thumbprint: string;
let expected: TokenExpectations;

beforeAll(async () => {
  [issuerKey, otherKey, rsaKey] = await Promise.all([
    newKey("ES256"),
    newKey("ES256"),
    newKey("PS256"),
  ]);
  thumbprint = otherKey.thumbprint;
  expected = {
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: keySet(issuerKey, rsaKey),
    algorithms: DEFAULT_ALGORITHMS,
    now: () => NOW,
  };
});

async function mint(claims: Fields = {}, header: Fields = {}, key = issuerKey): Promise<string> {
  return sign(
    key,
    { typ: "at+jwt", kid: key.thumbprint, ...header },
    { ...tokenClaims(thumbprint), ...claims },
  );
}

/** Keys that cannot be had. */
function failingWith(cause: Error): JWTVerifyGetKey {
  return () => Promise.reject(cause);
}

describe("a good access token", () => {
  test.each(["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])(
    "of type %s is verified",
    async (typ) => {
      const outcome = await verifyAccessToken(await mint({}, { typ }), expected);
      expect(outcome).toMatchObject({ kind: "verified", claims: { client_id: "client-1" } });
    },
  );

  test.each([
    ["PS256", {}],
    ["an audience in an array of one", { aud: [AUDIENCE] }],
    ["no nbf", { nbf: undefined }],
    ["an end 4 s ago", { exp: NOW_SECONDS - 4 }],
    ["a start in 4 s", { nbf: NOW_SECONDS + 4, iat: NOW_SECONDS + 4 }],
  ])("with %s is verified", async (name, claims) => {
    const token = await mint(claims, {}, name === "PS256" ? rsaKey : issuerKey);
    expect(await verifyAccessToken(token, expected)).toMatchObject({ kind: "verified" });
  });
});

describe("a bad access token", () => {
  test.each<[string, string, Fields]>([
    ["another issuer", "issuer", { iss: "https://issuer.example.evil" }],
    ["an issuer with a slash more", "issuer", { iss: `${ISSUER}/` }],
    ["no issuer", "issuer", { iss: undefined }],
    ["another audience", "audience", { aud: "another:api" }],
    ["ours among several audiences", "audience", { aud: [AUDIENCE, "another:api"] }],
    ["ours twice as audience", "audience", { aud: [AUDIENCE, AUDIENCE] }],
    ["no audience", "audience", { aud: undefined }],
    ["an empty audience", "audience", { aud: [] }],
    ["an end 5 s ago", "expired", { exp: NOW_SECONDS - 5 }],
    ["no end", "missing-claim", { exp: undefined }],
    ["an end in words", "missing-claim", { exp: "tomorrow" }],
    ["a start in 6 s", "not-yet-valid", { nbf: NOW_SECONDS + 6 }],
    ["a time of issue in 6 s", "not-yet-valid", { iat: NOW_SECONDS + 6 }],
    ["no time of issue", "missing-claim", { iat: undefined }],
    ["a time of issue in words", "missing-claim", { iat: "now" }],
    ["no client", "missing-claim", { client_id: undefined }],
    ["an empty client", "missing-claim", { client_id: "" }],
    ["a client that is no text", "missing-claim", { client_id: ["client-1"] }],
    ["no id", "missing-claim", { jti: undefined }],
    ["a huge id", "missing-claim", { jti: "x".repeat(257) }],
    ["no binding", "not-bound", { cnf: undefined }],
    ["a binding to a certificate", "not-bound", { cnf: { "x5t#S256": "x".repeat(43) } }],
    ["a binding that is no thumbprint", "not-bound", { cnf: { jkt: "short" } }],
    ["a binding that is null", "not-bound", { cnf: null }],
  ])("with %s is refused: %s", async (_name, reason, claims) => {
    const outcome = await verifyAccessToken(await mint(claims), expected);
    expect(outcome).toEqual({ kind: "refused", reason });
  });

  test.each<[string, string, Fields]>([
    ["no type", "type", { typ: undefined }],
    ["the type of an identity token", "type", { typ: "id+jwt" }],
    ["the type of a proof", "type", { typ: "dpop+jwt" }],
    ["a key id that nobody has", "unknown-key", { kid: "nobody" }],
  ])("with %s is refused: %s", async (_name, reason, header) => {
    const outcome = await verifyAccessToken(await mint({}, header), expected);
    expect(outcome).toEqual({ kind: "refused", reason });
  });

  test("signed with another key under the issuer's key id is refused: signature", async () => {
    const token = await mint({}, { kid: issuerKey.thumbprint }, otherKey);
    expect(await verifyAccessToken(token, expected)).toEqual({
      kind: "refused",
      reason: "signature",
    });
  });

  test("that brings its own key along is refused: signature", async () => {
    const token = await mint({}, { kid: issuerKey.thumbprint, jwk: otherKey.jwk }, otherKey);
    expect(await verifyAccessToken(token, expected)).toEqual({
      kind: "refused",
      reason: "signature",
    });
  });

  test("with alg none is refused: malformed without, algorithm with a signature part", async () => {
    const [, payload, signature] = (await mint()).split(".");
    const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
    expect(await verifyAccessToken(`${header}.${payload}.`, expected)).toEqual({
      kind: "refused",
      reason: "malformed",
    });
    expect(await verifyAccessToken(`${header}.${payload}.${signature}`, expected)).toEqual({
      kind: "refused",
      reason: "algorithm",
    });
  });

  test("signed by HMAC with the public key as secret is refused: algorithm", async () => {
    const header = Buffer.from(
      JSON.stringify({ alg: "HS256", typ: "at+jwt", kid: rsaKey.thumbprint }),
    );
    const [, payload] = (await mint()).split(".");
    const signed = `${header.toString("base64url")}.${payload}`;
    const mac = createHmac("sha256", JSON.stringify(rsaKey.jwk)).update(signed).digest("base64url");
    expect(await verifyAccessToken(`${signed}.${mac}`, expected)).toEqual({
      kind: "refused",
      reason: "algorithm",
    });
  });

  test("signed with RS256 is refused unless configured", async () => {
    const rs256 = await newKey("RS256");
    const token = await mint({}, { kid: rs256.thumbprint }, rs256);
    const keys = keySet(rs256);
    expect(await verifyAccessToken(token, { ...expected, keys })).toEqual({
      kind: "refused",
      reason: "algorithm",
    });
    const configured = { ...expected, keys, algorithms: ["RS256"] };
    expect(await verifyAccessToken(token, configured)).toMatchObject({ kind: "verified" });
  });

  test.each(["[]", "null", "not json", '{"iss":'])(
    "whose payload is %s is refused: malformed",
    async (payload) => {
      const header = { typ: "at+jwt", kid: issuerKey.thumbprint };
      const token = await signAnything(issuerKey, header, payload);
      const outcome = await verifyAccessToken(token, expected);
      expect(outcome).toEqual({ kind: "refused", reason: "malformed" });
    },
  );

  test.each([
    ["a critical header that is unknown", { crit: ["exotic"], exotic: true }],
    ["an unencoded payload", { crit: ["b64"], b64: false }],
    ["an empty list of critical headers", { crit: [] }],
  ])("with %s is refused: malformed", async (_name, header) => {
    const all = { typ: "at+jwt", kid: issuerKey.thumbprint, ...header };
    const payload = JSON.stringify(tokenClaims(thumbprint));
    const token = await signAnything(issuerKey, all, payload);
    const outcome = await verifyAccessToken(token, expected);
    expect(outcome).toEqual({ kind: "refused", reason: "malformed" });
  });

  test("longer than the limit is refused before it is parsed", async () => {
    const token = await mint({ padding: "x".repeat(12_288) });
    const keys = failingWith(new Error("must not be asked"));
    expect(await verifyAccessToken(token, { ...expected, keys })).toEqual({
      kind: "refused",
      reason: "malformed",
    });
  });

  test("after its issuer's key was withdrawn is refused: unknown-key", async () => {
    const token = await mint();
    expect(await verifyAccessToken(token, { ...expected, keys: keySet(rsaKey) })).toEqual({
      kind: "refused",
      reason: "unknown-key",
    });
  });
});

test("keys that cannot be fetched are no verdict on the token", async () => {
  const cause = new TypeError("fetch failed");
  const outcome = await verifyAccessToken(await mint(), {
    ...expected,
    keys: failingWith(cause),
  });
  expect(outcome).toEqual({ kind: "unavailable", cause });
});
