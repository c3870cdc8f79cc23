import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  createAuthenticator,
  type AuthenticationRequest,
  type Authenticator,
} from "#authentication/authenticator";
import {
  attestationClaim,
  AUDIENCE,
  EXTERNAL_URL,
  ISSUER,
  keySet,
  LOGIN_CLAIMS,
  newKey,
  NOW,
  NOW_SECONDS,
  ORGANISATION,
  proofClaims,
  proofHeader,
  sign,
  tokenClaims,
  type Key,
} from "./issuer.ts";

let issuerKey: Key;
let clientKey: Key;
let authenticator: Authenticator;

beforeAll(async () => {
  [issuerKey, clientKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
});

beforeEach(() => {
  authenticator = createAuthenticator({
    issuer: ISSUER,
    audience: AUDIENCE,
    externalUrl: () => EXTERNAL_URL,
    keys: keySet(issuerKey),
    now: () => NOW,
  });
});

async function mintToken(more: Record<string, unknown> = {}): Promise<string> {
  const claims = { ...tokenClaims(clientKey.thumbprint), ...more };
  return sign(issuerKey, { typ: "at+jwt", kid: issuerKey.thumbprint }, claims);
}

async function mintProof(token: string): Promise<string> {
  return sign(clientKey, proofHeader(clientKey), proofClaims(token));
}

function requestWith(headers: AuthenticationRequest["headers"]): AuthenticationRequest {
  return { method: "GET", path: "/things/1", headers };
}

async function goodRequest(more: Record<string, unknown> = {}): Promise<AuthenticationRequest> {
  const token = await mintToken(more);
  return requestWith({ authorization: `DPoP ${token}`, dpop: await mintProof(token) });
}

type Good = { token: string; proof: string };

describe("a caller with token and proof", () => {
  test("is known", async () => {
    expect(await authenticator.authenticate(await goodRequest())).toMatchObject({
      kind: "authenticated",
      caller: { clientId: "client-1", organisation: ORGANISATION },
    });
  });

  test("is known with the scheme in other letters and more spaces", async () => {
    const { headers } = await goodRequest();
    const authorization = String(headers["authorization"]).replace("DPoP ", "dpop  ");
    const outcome = await authenticator.authenticate(requestWith({ ...headers, authorization }));
    expect(outcome).toMatchObject({ kind: "authenticated" });
  });

  test("is refused the second time with the same proof", async () => {
    const request = await goodRequest();
    await authenticator.authenticate(request);
    expect(await authenticator.authenticate(request)).toEqual({
      kind: "refused",
      error: "invalid_dpop_proof",
      detail: "replayed",
    });
  });

  test("is refused when both come at the same moment, but for one", async () => {
    const request = await goodRequest();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => authenticator.authenticate(request)),
    );
    expect(outcomes.filter(({ kind }) => kind === "authenticated")).toHaveLength(1);
  });
});

describe("a caller is refused", () => {
  test.each<[string, string, (good: Good) => AuthenticationRequest["headers"]]>([
    ["without anything", "missing_token: no-authorization", () => ({})],
    ["without a token", "missing_token: no-authorization", ({ proof }) => ({ dpop: proof })],
    [
      "with the token as Bearer",
      "use_dpop: not-the-dpop-scheme",
      ({ token, proof }) => ({ authorization: `Bearer ${token}`, dpop: proof }),
    ],
    ["with Basic", "use_dpop: not-the-dpop-scheme", () => ({ authorization: "Basic YTpi" })],
    [
      "with the token alone",
      "use_dpop: not-the-dpop-scheme",
      ({ token }) => ({ authorization: token }),
    ],
    ["with the scheme alone", "use_dpop: not-the-dpop-scheme", () => ({ authorization: "DPoP" })],
    [
      "with two tokens in one field",
      "use_dpop: not-the-dpop-scheme",
      ({ token, proof }) => ({ authorization: `DPoP ${token} ${token}`, dpop: proof }),
    ],
    [
      "with two fields of one token",
      "invalid_token: several-authorizations",
      ({ token, proof }) => ({ authorization: [`DPoP ${token}`, `DPoP ${token}`], dpop: proof }),
    ],
    [
      "with DPoP and Bearer",
      "invalid_token: several-authorizations",
      ({ token, proof }) => ({ authorization: [`DPoP ${token}`, `Bearer ${token}`], dpop: proof }),
    ],
    [
      "without a proof",
      "invalid_dpop_proof: no-proof",
      ({ token }) => ({ authorization: `DPoP ${token}` }),
    ],
    [
      "with two proofs",
      "invalid_dpop_proof: several-proofs",
      ({ token, proof }) => ({ authorization: `DPoP ${token}`, dpop: [proof, proof] }),
    ],
    [
      "with two proofs joined",
      "invalid_dpop_proof: malformed",
      ({ token, proof }) => ({ authorization: `DPoP ${token}`, dpop: `${proof}, ${proof}` }),
    ],
    [
      "with its proof as token",
      "invalid_token: signature",
      ({ proof }) => ({ authorization: `DPoP ${proof}`, dpop: proof }),
    ],
    [
      "with its token as proof",
      "invalid_dpop_proof: type",
      ({ token }) => ({ authorization: `DPoP ${token}`, dpop: token }),
    ],
  ])("%s: %s", async (_name, expected, headersOf) => {
    const token = await mintToken();
    const request = requestWith(headersOf({ token, proof: await mintProof(token) }));
    const [error, detail] = expected.split(": ");
    expect(await authenticator.authenticate(request)).toEqual({ kind: "refused", error, detail });
  });

  test.each([
    ["GET", "/things/2", "target"],
    ["POST", "/things/1", "method"],
    ["GET", "/other/../things/1", "target"],
  ])("with a proof for something else than %s %s: %s", async (method, path, detail) => {
    const { headers } = await goodRequest();
    const outcome = await authenticator.authenticate({ method, path, headers });
    expect(outcome).toEqual({ kind: "refused", error: "invalid_dpop_proof", detail });
  });

  test("without an organisation: invalid_token", async () => {
    const request = await goodRequest({ "helseid://claims/client/claims/orgnr_parent": undefined });
    expect(await authenticator.authenticate(request)).toEqual({
      kind: "refused",
      error: "invalid_token",
      detail: "no-organisation",
    });
  });

  test("with an old attestation: attestation_has_expired", async () => {
    const attestation = attestationClaim(NOW_SECONDS - 3_601);
    const more = { ...LOGIN_CLAIMS, "nhn:tillitsrammeverk:parameters": attestation };
    expect(await authenticator.authenticate(await goodRequest(more))).toEqual({
      kind: "refused",
      error: "attestation_has_expired",
      detail: "attestation_has_expired",
    });
  });

  test("with somebody else's attestation: invalid_attestation", async () => {
    const more = { "nhn:tillitsrammeverk:parameters": attestationClaim() };
    expect(await authenticator.authenticate(await goodRequest(more))).toEqual({
      kind: "refused",
      error: "invalid_attestation",
      detail: "another-practitioner",
    });
  });
});

test("when the issuer's keys cannot be had, it is said that nobody can tell", async () => {
  const cause = new Error("down");
  const options = { issuer: ISSUER, audience: AUDIENCE, externalUrl: EXTERNAL_URL, now: () => NOW };
  const keys = () => Promise.reject(cause);
  const unsure = createAuthenticator({ ...options, keys });
  expect(await unsure.authenticate(await goodRequest())).toEqual({ kind: "unavailable", cause });
});

test.each([[["HS256"]], [["none"]], [["ES256", "HS512"]], [[]]])(
  "the algorithms %j cannot be configured",
  (algorithms) => {
    const options = {
      issuer: ISSUER,
      audience: AUDIENCE,
      externalUrl: EXTERNAL_URL,
      now: () => NOW,
    };
    expect(() => createAuthenticator({ ...options, keys: keySet(), algorithms })).toThrow(
      TypeError,
    );
  },
);
