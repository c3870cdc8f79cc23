import { describe, expect, test } from "vitest";
import { callerFrom } from "#authentication/caller";
import type { VerifiedClaims } from "#authentication/verify-access-token";
import {
  attestationClaim,
  AUDIENCE,
  LOGIN_CLAIMS,
  NOW,
  NOW_SECONDS,
  ORGANISATION,
  PATIENT,
  PRACTITIONER,
  SUPPLIER,
  UNIT,
} from "./issuer.ts";

const CLIENT = "helseid://claims/client/claims/";
const IDENTITY = "helseid://claims/identity/";

function claims(more: Record<string, unknown> = {}): VerifiedClaims {
  return {
    client_id: "client-1",
    jti: "token-1",
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 600,
    cnf: { jkt: "x".repeat(43) },
    scope: `${AUDIENCE}/read`,
    [`${CLIENT}orgnr_parent`]: ORGANISATION,
    ...more,
  };
}

describe("the caller", () => {
  test("of a machine token has client, organisation, scopes and token id, and nothing empty", () => {
    expect(callerFrom(claims(), NOW)).toEqual({
      kind: "known",
      caller: {
        clientId: "client-1",
        organisation: ORGANISATION,
        scopes: new Set([`${AUDIENCE}/read`]),
        tokenId: "token-1",
      },
    });
  });

  test("of a login by a supplier's client has unit, supplier, practitioner and attestation", () => {
    const outcome = callerFrom(
      claims({
        ...LOGIN_CLAIMS,
        [`${CLIENT}orgnr_child`]: UNIT,
        [`${CLIENT}orgnr_supplier`]: SUPPLIER,
        "nhn:tillitsrammeverk:parameters": attestationClaim(),
      }),
      NOW,
    );
    expect(outcome).toMatchObject({
      kind: "known",
      caller: {
        unit: UNIT,
        supplier: SUPPLIER,
        practitioner: {
          identityNumber: PRACTITIONER,
          hprNumber: "565501872",
          name: "Syntetisk Lege",
          securityLevel: "4",
        },
        attestation: { patients: [{ identifier: PATIENT }] },
      },
    });
  });

  test("may have a login without name and HPR number", () => {
    const { [`${IDENTITY}pid`]: pid, [`${IDENTITY}security_level`]: level } = LOGIN_CLAIMS;
    const login = { [`${IDENTITY}pid`]: pid, [`${IDENTITY}security_level`]: level };
    expect(callerFrom(claims(login), NOW)).toMatchObject({
      caller: { practitioner: { identityNumber: PRACTITIONER, securityLevel: "4" } },
    });
  });

  test.each([
    ["text", "a b  c", ["a", "b", "c"]],
    ["an array", ["a", "b"], ["a", "b"]],
    ["empty text", "", []],
    ["nothing", undefined, []],
  ])("has its scopes from %s", (_name, scope, expected) => {
    expect(callerFrom(claims({ scope }), NOW)).toMatchObject({
      caller: { scopes: new Set(expected) },
    });
  });
});

describe("a token is refused", () => {
  test.each<[string, string, Record<string, unknown>]>([
    ["without an organisation", "no-organisation", { [`${CLIENT}orgnr_parent`]: undefined }],
    [
      "with a wrong control digit",
      "organisation-number",
      { [`${CLIENT}orgnr_parent`]: "310000192" },
    ],
    [
      "with an organisation number that is a number",
      "organisation-number",
      { [`${CLIENT}orgnr_parent`]: 310000191 },
    ],
    [
      "with two organisations",
      "organisation-number",
      { [`${CLIENT}orgnr_parent`]: [ORGANISATION, UNIT] },
    ],
    [
      "with an organisation in another form",
      "organisation-number",
      { [`${CLIENT}orgnr_parent`]: `NO:ORGNR:${ORGANISATION}:` },
    ],
    ["with a wrong unit", "organisation-number", { [`${CLIENT}orgnr_child`]: "1" }],
    ["with an empty unit", "organisation-number", { [`${CLIENT}orgnr_child`]: "" }],
    ["with a wrong supplier", "organisation-number", { [`${CLIENT}orgnr_supplier`]: null }],
    ["with scopes that are no texts", "scope", { scope: ["a", 7] }],
    ["with a scope object", "scope", { scope: { a: true } }],
    [
      "with a wrong identity number",
      "identity-number",
      { ...LOGIN_CLAIMS, [`${IDENTITY}pid`]: "15847000161" },
    ],
    [
      "with an empty identity number",
      "identity-number",
      { ...LOGIN_CLAIMS, [`${IDENTITY}pid`]: "" },
    ],
    [
      "with a login of unknown strength",
      "security-level",
      { ...LOGIN_CLAIMS, [`${IDENTITY}security_level`]: "5" },
    ],
    [
      "with a login without strength",
      "security-level",
      { ...LOGIN_CLAIMS, [`${IDENTITY}security_level`]: undefined },
    ],
    [
      "with an HPR number in letters",
      "hpr-number",
      { ...LOGIN_CLAIMS, "helseid://claims/hpr/hpr_number": "12a" },
    ],
    ["with a name that is no text", "name", { ...LOGIN_CLAIMS, name: 7 }],
    ["with a huge name", "name", { ...LOGIN_CLAIMS, name: "x".repeat(257) }],
  ])("%s: %s", (_name, reason, more) => {
    expect(callerFrom(claims(more), NOW)).toEqual({ kind: "refused", reason });
  });

  test("with an attestation of another organisation: another-organisation", () => {
    const more = { ...LOGIN_CLAIMS, "nhn:tillitsrammeverk:parameters": attestationClaim() };
    const outcome = callerFrom(claims({ ...more, [`${CLIENT}orgnr_parent`]: SUPPLIER }), NOW);
    expect(outcome).toEqual({ kind: "attestation-refused", reason: "another-organisation" });
  });
});
