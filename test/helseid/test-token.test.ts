import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proofSwitches, tokenSwitches } from "#stand-ins/helseid/test-token/test-token-switches";
import { ATTESTATION_TYPE } from "./attestation.ts";
import { hashOf, HTU, startMint, type Mint } from "./mint.ts";
import { proofEffects, tokenEffects } from "./switch-effects.ts";
import { GP_OFFICE, NURSE, PLANS_SCOPE } from "./registrations.ts";

let mint: Mint;

beforeAll(async () => {
  mint = await startMint();
});
afterAll(() => mint[Symbol.asyncDispose]());

const now = (): number => Date.now() / 1000;

describe("a faultless test token", () => {
  test("passes every check, with its proof", async () => {
    expect(await mint.verdict(await mint.mint())).toBe("accepted");
  });

  test("holds what a login gives", async () => {
    expect(decodeJwt((await mint.mint()).accessToken)).toMatchObject({
      client_id: "single",
      scope: PLANS_SCOPE,
      name: NURSE.name,
      "helseid://claims/client/client_name": "GP office's EHR",
      "helseid://claims/client/claims/client_tenancy": "single-tenant",
      "helseid://claims/client/claims/orgnr_parent": GP_OFFICE,
      "helseid://claims/identity/pid": NURSE.identityNumber,
      "helseid://claims/identity/security_level": "4",
      "helseid://claims/hpr/hpr_number": NURSE.hprNumber,
      [ATTESTATION_TYPE]: {
        toa: expect.closeTo(now(), -1),
        practitioner: { identifier: { id: NURSE.identityNumber }, hpr_nr: { id: NURSE.hprNumber } },
      },
    });
  });

  test("can be for a machine, an unregistered client and any organisation", async () => {
    const organisation = { tenancy: "multi-tenant", parent: "1", child: "2", supplier: "3" };
    const machine = { practitioner: undefined, attestation: undefined };
    const scopes = ["a:b/c", "a:b/d"];
    const { accessToken } = await mint.mint({ client: "x", organisation, scopes, ...machine });
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({
      aud: "a:b",
      scope: "a:b/c a:b/d",
      sub: "x",
      "helseid://claims/client/client_name": "x",
      "helseid://claims/client/claims/client_tenancy": "multi-tenant",
      "helseid://claims/client/claims/orgnr_parent": "1",
      "helseid://claims/client/claims/orgnr_child": "2",
      "helseid://claims/client/claims/orgnr_supplier": "3",
    });
    expect(claims).not.toHaveProperty(["helseid://claims/identity/pid"]);
  });

  test("can live otherwise long, lack claims and have others", async () => {
    const { accessToken } = await mint.mint({
      lifetimeSeconds: 7,
      omitClaims: ["jti", "helseid://claims/identity/pid"],
      claims: { "helseid://claims/identity/security_level": "3" },
    });
    const claims = decodeJwt(accessToken);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(7);
    expect(claims).not.toHaveProperty("jti");
    expect(claims).not.toHaveProperty(["helseid://claims/identity/pid"]);
    expect(claims["helseid://claims/identity/security_level"]).toBe("3");
  });

  test("takes an attestation that HelseID would refuse as it is", async () => {
    const { accessToken } = await mint.mint({ attestation: { odd: true } });
    expect(decodeJwt(accessToken)[ATTESTATION_TYPE]).toEqual({ odd: true });
  });

  test("can be bound to a key that is given", async () => {
    const { dpopKey } = await mint.mint();
    const again = await mint.mint({ dpopKey });
    expect(again.dpopKey).toEqual(dpopKey);
    expect(await mint.verdict(again)).toBe("accepted");
  });
});

describe("a switch for the token", () => {
  test.each(tokenSwitches)("%s makes that fault, and no other", async (name) => {
    const minted = await mint.mint({ switches: [name] });
    const [verdict, shown] = tokenEffects[name];
    shown({ ...decodeProtectedHeader(minted.accessToken) }, decodeJwt(minted.accessToken), minted);
    expect(await mint.verdict(minted)).toBe(verdict);
  });

  test("leaves the proof alone", async () => {
    const { accessToken, dpopProof } = await mint.mint({ switches: ["Expired"] });
    const { payload } = await jwtVerify(dpopProof, EmbeddedJWK);
    expect(payload).toMatchObject({ htu: HTU, ath: hashOf(accessToken) });
  });
});

describe("a switch for the proof", () => {
  test.each(proofSwitches)("%s makes that fault, and no other", async (name) => {
    const minted = await mint.mint({ switches: [name] });
    const [verdict, shown] = proofEffects[name];
    await shown(
      { ...decodeProtectedHeader(minted.dpopProof) },
      decodeJwt(minted.dpopProof),
      minted,
    );
    expect(await mint.verdict(minted)).toBe(verdict);
  });
});

describe("a request for a test token", () => {
  const refusals: [string, object, string][] = [
    ["an unknown switch", { switches: ["Nonsense"] }, "#/switches/0 must be one of: DontSetHtu"],
    ["an unknown member", { more: 1 }, "# must NOT have additional properties"],
    ["no address", { htu: undefined }, "# must have required property 'htu'"],
    [
      "a switch that has nothing to break",
      { attestation: undefined, switches: ["AttestationStale"] },
      "the switch needs a practitioner and a valid attestation",
    ],
  ];
  test.each(refusals)("with %s is refused", async (_name, changes, description) => {
    const response = await mint.ask(changes);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "invalid_request",
      error_description: expect.stringContaining(description),
    });
  });

  test("that is not JSON is refused", async () => {
    const address = `${mint.issuer}/stand-in/test-token`;
    const response = await fetch(address, { method: "POST", body: "{" });
    expect(response.status).toBe(400);
  });

  test("that is too long is refused", async () => {
    const response = await mint.ask({ claims: { long: "x".repeat(70_000) } });
    expect(response.status).toBe(400);
  });

  test("at another path finds nothing", async () => {
    expect((await fetch(`${mint.issuer}/stand-in/nothing`)).status).toBe(404);
  });
});
