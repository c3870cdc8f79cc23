import type { webcrypto } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type { Registrations } from "#stand-ins/helseid/registration/registration-schema";

export const GP_OFFICE = "310000019";
export const SUB_UNIT = "310000027";
export const SUPPLIER = "310000035";
export const MUNICIPALITY = "310000043";
export const STRANGER = "310000051";

export const REDIRECT_URI = "https://ehr.example/callback";

export const EVENTS_SCOPE = "hendelsesstrom:events/subscribe";
export const PLANS_SCOPE = "hendelsesstrom:plans/read";

export const NURSE = {
  identityNumber: "05728507839",
  name: "Grønn <Vits>",
  hprNumber: "431001110",
  authorization: "SP",
};
/** Has a D-number, and no authorisation. */
export const HELPER = { identityNumber: "41839011111", name: "Modig Bølge" };

export type ClientKey = { readonly jwk: JWK; readonly key: webcrypto.CryptoKey };

export async function createClientKey(alg: "ES256" | "PS256" = "ES256"): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { jwk: { ...(await exportJWK(publicKey)), alg, kid: "test" }, key: privateKey };
}

/** One client of each tenancy, all with the same key. */
export function registrationsFor({ jwk }: ClientKey): Registrations {
  const common = { scopes: [EVENTS_SCOPE, PLANS_SCOPE], jwks: { keys: [jwk] } };
  return {
    audiences: {
      "hendelsesstrom:events": ["subscribe", "publish"],
      "hendelsesstrom:plans": ["read"],
    },
    practitioners: [NURSE, HELPER],
    clients: [
      {
        ...common,
        clientId: "single",
        name: "GP office's EHR",
        organisation: GP_OFFICE,
        tenancy: "single-tenant",
        childOrganisations: [SUB_UNIT],
        grants: ["client_credentials", "authorization_code"],
        redirectUris: [REDIRECT_URI],
      },
      {
        ...common,
        clientId: "multi",
        name: "Supplier's EHR",
        organisation: SUPPLIER,
        tenancy: "multi-tenant",
        delegatedFrom: [MUNICIPALITY],
        grants: ["client_credentials", "authorization_code"],
        redirectUris: [REDIRECT_URI],
      },
      {
        ...common,
        clientId: "untied",
        name: "Client without tenancy",
        organisation: STRANGER,
        tenancy: "none",
        grants: ["client_credentials"],
      },
    ],
  };
}
