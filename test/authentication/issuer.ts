import { createHash, randomUUID } from "node:crypto";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTVerifyGetKey,
} from "jose";
import { ATTESTATION_TYPE } from "#authentication/attestation-wire";

/** All of these are synthetic: month +80, and organisation numbers of the test series. */
export const ORGANISATION = "310000191";
export const UNIT = "310000205";
export const SUPPLIER = "310000310";
export const PRACTITIONER = "15847000160";
export const PATIENT = "15847000241";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "hendelsesstrom:test";
export const EXTERNAL_URL = "https://api.example/base";

/** Some moment in 2026, in milliseconds, not on a whole second. */
export const NOW = Date.UTC(2026, 10, 22, 10, 15, 0) + 250;
export const NOW_SECONDS = Math.floor(NOW / 1000);

export type Key = { privateKey: CryptoKey; jwk: JWK; alg: string; thumbprint: string };
export type Fields = Record<string, unknown>;

export async function newKey(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, alg, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** A set of public keys as the resolver that a verifier asks. */
export function keySet(...keys: Key[]): JWTVerifyGetKey {
  return createLocalJWKSet({
    keys: keys.map(({ jwk, thumbprint }) => ({ ...jwk, kid: thumbprint })),
  });
}

/** Signs claims. A header or claim set to undefined is left out. */
export async function sign(
  { privateKey, alg }: Pick<Key, "privateKey" | "alg">,
  header: Fields,
  claims: Fields,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(privateKey);
}

/** Signs any bytes under any header with an ES256 key: what the library would refuse to make. */
export async function signAnything(key: Key, header: Fields, payload: string): Promise<string> {
  const parts = [JSON.stringify({ alg: key.alg, ...header }), payload];
  const signed = parts.map((part) => Buffer.from(part).toString("base64url")).join(".");
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

/** The claims of a good machine token. */
export function tokenClaims(thumbprint: string, seconds = NOW_SECONDS): Fields {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 600,
    jti: randomUUID(),
    client_id: "client-1",
    scope: `${AUDIENCE}/read ${AUDIENCE}/write`,
    cnf: { jkt: thumbprint },
    "helseid://claims/client/claims/orgnr_parent": ORGANISATION,
  };
}

/** What a login adds to them. */
export const LOGIN_CLAIMS: Fields = {
  "helseid://claims/identity/pid": PRACTITIONER,
  "helseid://claims/identity/security_level": "4",
  "helseid://claims/hpr/hpr_number": "565501872",
  name: "Syntetisk Lege",
};

/** A good attestation of the person in {@link LOGIN_CLAIMS}, as it stands in a token. */
export function attestationClaim(seconds = NOW_SECONDS): Fields {
  const organisations = "urn:oid:2.16.578.1.12.4.1.4.101";
  return {
    type: ATTESTATION_TYPE,
    toa: seconds,
    practitioner: {
      identifier: { id: PRACTITIONER, system: "urn:oid:2.16.578.1.12.4.1.4.1" },
      hpr_nr: { id: "565501872", system: "urn:oid:2.16.578.1.12.4.1.4.4" },
      authorization: { code: "LE", system: "urn:oid:2.16.578.1.12.4.1.1.9060" },
      legal_entity: { id: ORGANISATION, system: organisations, name: "Syntetisk sykehus" },
      point_of_care: { id: UNIT, system: organisations },
      department: { id: "4208723", system: "urn:oid:2.16.578.1.12.4.1.4.102", name: "Post 2" },
    },
    care_relationship: {
      healthcare_service: { code: "S03", system: "urn:oid:2.16.578.1.12.4.1.1.8655" },
      purpose_of_use: { code: "TREAT", system: "urn:oid:2.16.840.1.113883.1.11.20448" },
      purpose_of_use_details: {
        code: "15",
        system: "urn:AuditEventHL7Norway/CodeSystem/carerelation",
        text: "Innlagt",
      },
      decision_ref: { id: "decision-7", description: "innleggelse", user_selected: false },
    },
    patients: [{ identifier: { id: PATIENT, system: "urn:oid:2.16.578.1.12.4.1.4.1" } }],
  };
}

export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The claims of a good proof for `GET /things/1`. */
export function proofClaims(token: string, seconds = NOW_SECONDS): Fields {
  return {
    jti: randomUUID(),
    htm: "GET",
    htu: `${EXTERNAL_URL}/things/1`,
    iat: seconds,
    ath: tokenHash(token),
  };
}

export function proofHeader({ jwk }: Pick<Key, "jwk">): Fields {
  return { typ: "dpop+jwt", jwk };
}

/** A value that must be an object, as one. */
export function asFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  return { ...value };
}
