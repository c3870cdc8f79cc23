import { compactVerify } from "jose";
import { expect } from "vitest";
import type { ProofSwitch, TokenSwitch } from "#stand-ins/helseid/test-token/test-token-switches";
import { ATTESTATION_TYPE } from "./attestation.ts";
import { HTU, type Minted } from "./mint.ts";
import { NURSE } from "./registrations.ts";

const now = (): number => Date.now() / 1000;

type Claims = Record<string, unknown>;

const without = (member: string) => (_header: Claims, claims: Claims) =>
  expect(claims).not.toHaveProperty(member);
const headerWithout = (member: string) => (header: Claims) =>
  expect(header).not.toHaveProperty(member);
const publicKey = ({ dpopKey: { kty, crv, x, y } }: Minted): Claims => ({ kty, crv, x, y });

/** What an API objects to, and how the fault shows. */
type Effect = [verdict: string, shown: (header: Claims, claims: Claims, minted: Minted) => unknown];

export const tokenEffects: Record<TokenSwitch, Effect> = {
  InvalidSigningKey: [
    // a key id that is not published would be "no applicable key found"
    "signature verification failed",
    (header) => expect(header).toMatchObject({ alg: "ES256", typ: "at+jwt" }),
  ],
  InvalidIssuer: [
    'unexpected "iss" claim value',
    (_header, claims) => expect(claims["iss"]).toBe("https://not-the-issuer.example"),
  ],
  InvalidAudience: [
    'unexpected "aud" claim value',
    (_header, claims) => expect(claims["aud"]).toBe("urn:not-the-audience"),
  ],
  Expired: [
    '"exp" claim timestamp check failed',
    (_header, claims) => expect(claims["exp"]).toBeLessThan(now() - 3500),
  ],
  NotYetValid: [
    '"nbf" claim timestamp check failed',
    (_header, claims) => expect(claims["nbf"]).toBeGreaterThan(now() + 3500),
  ],
  InvalidTokenTyp: [
    'unexpected "typ" JWT header value',
    (header) => expect(header["typ"]).toBe("logout+jwt"),
  ],
  TokenAlgNone: [
    '"alg" (Algorithm) Header Parameter value not allowed',
    (header, _claims, { accessToken }) => {
      expect(header["alg"]).toBe("none");
      expect(accessToken).toMatch(/\.$/);
    },
  ],
  MissingCnf: [
    'missing required "cnf" claim',
    (_header, claims) => expect(claims).not.toHaveProperty("cnf"),
  ],
  // these two only show to one who knows the trust framework
  AttestationStale: [
    "accepted",
    (_header, claims) => {
      const toa: unknown = expect.closeTo(now() - 3660, -1);
      expect(claims).toMatchObject({ [ATTESTATION_TYPE]: { toa } });
    },
  ],
  AttestationWrongPerson: [
    "accepted",
    (_header, claims) =>
      expect(claims).toMatchObject({
        "helseid://claims/identity/pid": NURSE.identityNumber,
        [ATTESTATION_TYPE]: { practitioner: { identifier: { id: "01817012309" } } },
      }),
  ],
};

export const proofEffects: Record<ProofSwitch, Effect> = {
  DontSetHtu: ["htu differs", without("htu")],
  DontSetHtm: ["htm differs", without("htm")],
  DontSetAth: ["ath differs", without("ath")],
  DontSetJti: ['missing required "jti" claim', without("jti")],
  DontSetAlg: ['JWS "alg" (Algorithm) Header Parameter missing or invalid', headerWithout("alg")],
  DontSetJwk: ['"jwk" (JSON Web Key) Header Parameter must be a JSON object', headerWithout("jwk")],
  IatPast: [
    '"iat" claim timestamp check failed (too far in the past)',
    (_header, claims) => expect(claims["iat"]).toBeLessThan(now() - 3500),
  ],
  IatFuture: [
    '"iat" claim timestamp check failed (it should be in the past)',
    (_header, claims) => expect(claims["iat"]).toBeGreaterThan(now() + 3500),
  ],
  SymmetricAlg: [
    '"alg" (Algorithm) Header Parameter value not allowed',
    async (header, _claims, minted) => {
      expect(header).toMatchObject({ alg: "HS256", jwk: publicKey(minted) });
      const secret = Buffer.from(JSON.stringify(publicKey(minted)));
      await compactVerify(minted.dpopProof, secret);
    },
  ],
  PrivateKeyInJwk: [
    '"jwk" (JSON Web Key) Header Parameter must be a public key',
    (header, _claims, { dpopKey }) => expect(header["jwk"]).toHaveProperty("d", dpopKey.d),
  ],
  InvalidTyp: ['unexpected "typ" JWT header value', (header) => expect(header["typ"]).toBe("JWT")],
  InvalidSignature: [
    "signature verification failed",
    (header, _claims, minted) => expect(header["jwk"]).toEqual(publicKey(minted)),
  ],
  InvalidJkt: [
    "the token is bound to another key",
    (header, _claims, minted) => expect(header["jwk"]).not.toEqual(publicKey(minted)),
  ],
  WrongHtu: ["htu differs", (_header, claims) => expect(claims["htu"]).toBe(`${HTU}/elsewhere`)],
  WrongHtm: ["htm differs", (_header, claims) => expect(claims["htm"]).toBe("DELETE")],
  WrongAth: ["ath differs", (_header, claims) => expect(claims["ath"]).toBe("A".repeat(43))],
};
