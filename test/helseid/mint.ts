import { createHash } from "node:crypto";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  EmbeddedJWK,
  jwtVerify,
  type JSONWebKeySet,
  type JWK,
} from "jose";
import { expect } from "vitest";
import { startHelseid } from "#stand-ins/helseid/start-helseid";
import { attestation } from "./attestation.ts";
import { createClientKey, NURSE, PLANS_SCOPE, registrationsFor } from "./registrations.ts";

export type Minted = {
  readonly accessToken: string;
  readonly dpopProof: string;
  readonly dpopKey: JWK;
};

export const HTU = "https://source.example/fhir/CarePlan/abc";

const wanted = {
  client: "single",
  scopes: [PLANS_SCOPE],
  practitioner: NURSE,
  attestation: attestation(),
  htm: "GET",
  htu: HTU,
};

/** A running stand-in, from which test tokens are asked for over HTTP. */
export type Mint = AsyncDisposable & {
  readonly issuer: string;
  readonly keys: JSONWebKeySet;
  /** Asks with changes to a faultless request. */
  ask(changes: object): Promise<Response>;
  mint(changes?: object): Promise<Minted>;
  /** What an API that checks token and proof says: "accepted", or its first objection. */
  verdict(minted: Minted): Promise<string>;
};

export async function startMint(): Promise<Mint> {
  const registrations = registrationsFor(await createClientKey());
  const helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrations });
  const { issuer } = helseid;
  const published = await fetch(`${issuer}/.well-known/openid-configuration/jwks`);
  const keys = JSON.parse(await published.text());
  const ask = (changes: object): Promise<Response> =>
    fetch(`${issuer}/stand-in/test-token`, {
      method: "POST",
      body: JSON.stringify({ ...wanted, ...changes }),
    });
  return {
    issuer,
    keys,
    ask,
    async mint(changes = {}) {
      const response = await ask(changes);
      expect(response.status).toBe(200);
      return JSON.parse(await response.text());
    },
    async verdict(minted) {
      try {
        await check(minted, issuer, keys);
        return "accepted";
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    [Symbol.asyncDispose]: () => helseid[Symbol.asyncDispose](),
  };
}

async function check(
  { accessToken, dpopProof }: Minted,
  issuer: string,
  keys: JSONWebKeySet,
): Promise<void> {
  const { payload } = await jwtVerify<{ cnf?: { jkt: string } }>(
    accessToken,
    createLocalJWKSet(keys),
    {
      issuer,
      audience: "hendelsesstrom:plans",
      typ: "at+jwt",
      algorithms: ["ES256"],
      requiredClaims: ["cnf"],
    },
  );
  const { protectedHeader: header, payload: proof } = await jwtVerify(dpopProof, EmbeddedJWK, {
    typ: "dpop+jwt",
    algorithms: ["ES256"],
    maxTokenAge: 60,
    requiredClaims: ["jti"],
  });
  const expected = { htm: "GET", htu: HTU, ath: hashOf(accessToken) };
  for (const [claim, value] of Object.entries(expected)) {
    if (proof[claim] !== value) throw new Error(`${claim} differs`);
  }
  const thumbprint = await calculateJwkThumbprint(header.jwk ?? {});
  if (thumbprint !== payload.cnf?.jkt) throw new Error("the token is bound to another key");
}

export function hashOf(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}
