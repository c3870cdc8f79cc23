import type { JWK } from "jose";
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false };

const text = Type.String({ minLength: 1, maxLength: 200 });
const organisationNumber = Type.String({ pattern: "^[1-9][0-9]{8}$" });

/** A public key; the private members (`d`, `p`, `k`, …) are refused by being unknown. */
const publicJwk = Type.Unsafe<JWK>(
  Type.Object(
    {
      kty: Type.Enum(["EC", "RSA"]),
      kid: Type.Optional(text),
      alg: Type.Optional(text),
      use: Type.Optional(Type.Literal("sig")),
      key_ops: Type.Optional(Type.Array(Type.Literal("verify"))),
      ext: Type.Optional(Type.Boolean()),
      crv: Type.Optional(Type.String()),
      x: Type.Optional(Type.String()),
      y: Type.Optional(Type.String()),
      n: Type.Optional(Type.String()),
      e: Type.Optional(Type.String()),
    },
    closed,
  ),
);

/** A client as its owner registered it in the self-service. */
const clientRegistration = Type.Object(
  {
    clientId: text,
    name: text,
    /** The organisation that owns the client: the supplier, when it is multi-tenant. */
    organisation: organisationNumber,
    tenancy: Type.Enum(["single-tenant", "multi-tenant", "none"]),
    /** Organisations that have delegated to a multi-tenant client's owner. */
    delegatedFrom: Type.Optional(Type.Array(organisationNumber, { uniqueItems: true })),
    /** Sub-units that a single-tenant client may name. */
    childOrganisations: Type.Optional(Type.Array(organisationNumber, { uniqueItems: true })),
    scopes: Type.Array(text, { minItems: 1, uniqueItems: true }),
    grants: Type.Array(Type.Enum(["client_credentials", "authorization_code"]), {
      minItems: 1,
      uniqueItems: true,
    }),
    redirectUris: Type.Optional(Type.Array(Type.String({ format: "uri" }), { minItems: 1 })),
    jwks: Type.Object({ keys: Type.Array(publicJwk, { minItems: 1 }) }, closed),
  },
  closed,
);

/** A synthetic person who can log in. */
export const practitioner = Type.Object(
  {
    /** The pseudonym in tokens; by default a hash of the identity number. */
    sub: Type.Optional(text),
    identityNumber: Type.String({ pattern: "^[0-9]{11}$" }),
    name: text,
    hprNumber: Type.Optional(Type.String({ pattern: "^[0-9]{1,9}$" })),
    /** Code of the authorisation (Volven 9060), such as LE or SP. */
    authorization: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$" })),
  },
  closed,
);

export const registrations = Type.Object(
  {
    clients: Type.Array(clientRegistration),
    practitioners: Type.Array(practitioner),
    /** Audience (a URI) to the names of its scopes; the whole scope is `{audience}/{name}`. */
    audiences: Type.Record(
      Type.String({ minLength: 1 }),
      Type.Array(Type.String(), { minItems: 1 }),
    ),
  },
  closed,
);

export type ClientRegistration = Static<typeof clientRegistration>;
export type Practitioner = Static<typeof practitioner>;
export type Registrations = Static<typeof registrations>;
