import type { JWK } from "jose";
import { Type, type Static } from "typebox";
import { practitioner } from "../registration/registration-schema.ts";
import { proofSwitches, tokenSwitches } from "./test-token-switches.ts";

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });

/** A test token may live for a day: long enough for any suite. */
const MAX_LIFE_S = 86_400;

const anyObject = Type.Record(Type.String(), Type.Unknown());

/** What to mint. Nothing is checked against the registrations: the odd is the point. */
export const testTokenRequest = Type.Object(
  {
    /** A registered client lends its name and organisation; any other id is taken as it is. */
    client: text,
    organisation: Type.Optional(
      Type.Object(
        {
          tenancy: Type.Optional(Type.Enum(["single-tenant", "multi-tenant", "none"])),
          parent: Type.Optional(text),
          child: Type.Optional(text),
          supplier: Type.Optional(text),
        },
        closed,
      ),
    ),
    scopes: Type.Array(text, { minItems: 1 }),
    /** By default what stands before the first scope's last slash. */
    audience: Type.Optional(text),
    practitioner: Type.Optional(practitioner),
    /** Completed as in a login; one that HelseID would refuse is put in as it is. */
    attestation: Type.Optional(anyObject),
    /** Claims that are set whatever else is said. */
    claims: Type.Optional(anyObject),
    /** Claims that are left out. */
    omitClaims: Type.Optional(Type.Array(text)),
    lifetimeSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIFE_S })),
    /** Method and address of the request that the proof is for. */
    htm: text,
    htu: text,
    /** A private P-256 key to bind to; by default a new one. */
    dpopKey: Type.Optional(
      Type.Unsafe<JWK>(
        Type.Object({
          kty: Type.Literal("EC"),
          crv: Type.Literal("P-256"),
          x: text,
          y: text,
          d: text,
        }),
      ),
    ),
    switches: Type.Optional(
      Type.Array(Type.Enum([...proofSwitches, ...tokenSwitches]), { uniqueItems: true }),
    ),
  },
  closed,
);

export type TestTokenRequest = Static<typeof testTokenRequest>;
