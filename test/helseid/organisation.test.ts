import type * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";
import {
  createClientKey,
  EVENTS_SCOPE,
  GP_OFFICE,
  MUNICIPALITY,
  registrationsFor,
  STRANGER,
  SUB_UNIT,
  SUPPLIER,
  type ClientKey,
} from "./registrations.ts";
import {
  claimsOf,
  createTestClient,
  refusal,
  type TestClient,
  type TestClientOptions,
} from "./test-client.ts";

let key: ClientKey;
let helseid: Helseid;

beforeAll(async () => {
  key = await createClientKey();
  helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrationsFor(key) });
});
afterAll(() => helseid[Symbol.asyncDispose]());

const client = (options: TestClientOptions = {}): Promise<TestClient> =>
  createTestClient(helseid.issuer, key, options);

function organisation(value: string, system: string): oauth.ModifyAssertionFunction {
  return (_header, payload) => {
    const identifier = { system, type: "ENH", value };
    payload["assertion_details"] = {
      type: "helseid_authorization",
      practitioner_role: { organization: { identifier } },
    };
  };
}
const child = (value: string) => organisation(value, "urn:oid:2.16.578.1.12.4.1.4.101");
const tenant = (value: string) => organisation(value, "urn:oid:1.0.6523");

const underOlderName: oauth.ModifyAssertionFunction = (header, payload) => {
  child(SUB_UNIT)(header, payload);
  payload["authorization_details"] = [payload["assertion_details"] ?? null];
  delete payload["assertion_details"];
};

async function organisationClaims(options: TestClientOptions): Promise<Record<string, unknown>> {
  const { access_token: token } = await (await client(options)).clientCredentials(EVENTS_SCOPE);
  const prefix = "helseid://claims/client/claims/";
  const claims = Object.entries(claimsOf(token)).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(claims.map(([name, value]) => [name.slice(prefix.length), value]));
}

describe("the organisation", () => {
  test("of a single-tenant client is its own", async () => {
    expect(await organisationClaims({})).toEqual({
      client_tenancy: "single-tenant",
      orgnr_parent: GP_OFFICE,
    });
  });

  test("of a single-tenant client may name a registered sub-unit", async () => {
    expect(await organisationClaims({ assertion: child(SUB_UNIT) })).toEqual({
      client_tenancy: "single-tenant",
      orgnr_parent: GP_OFFICE,
      orgnr_child: SUB_UNIT,
    });
  });

  test("may come under the older name", async () => {
    expect(await organisationClaims({ assertion: underOlderName })).toMatchObject({
      orgnr_child: SUB_UNIT,
    });
  });

  test("of a multi-tenant client is the one that delegated, and the supplier is named", async () => {
    const options = { clientId: "multi", assertion: tenant(`NO:ORGNR:${MUNICIPALITY}:`) };
    expect(await organisationClaims(options)).toEqual({
      client_tenancy: "multi-tenant",
      orgnr_parent: MUNICIPALITY,
      orgnr_supplier: SUPPLIER,
    });
  });

  test("of a multi-tenant client may have any sub-unit", async () => {
    const assertion = tenant(`NO:ORGNR:${MUNICIPALITY}:${SUB_UNIT}`);
    expect(await organisationClaims({ clientId: "multi", assertion })).toEqual({
      client_tenancy: "multi-tenant",
      orgnr_parent: MUNICIPALITY,
      orgnr_child: SUB_UNIT,
      orgnr_supplier: SUPPLIER,
    });
  });

  test("of a client without tenancy is none", async () => {
    expect(await organisationClaims({ clientId: "untied" })).toEqual({ client_tenancy: "none" });
  });

  const form = "a multi-tenant client writes NO:ORGNR:<parent>:<child> with urn:oid:1.0.6523";
  const refusals: [string, TestClientOptions, string][] = [
    [
      "an unregistered sub-unit",
      { assertion: child(STRANGER) },
      "access_denied: the organisation is not a registered sub-unit of the client",
    ],
    [
      "the multi-tenant form from a single-tenant client",
      { assertion: tenant(`NO:ORGNR:${GP_OFFICE}:`) },
      "invalid_authorization_details: a single-tenant client names its sub-unit with urn:oid:2.16.578.1.12.4.1.4.101",
    ],
    [
      "an organisation that has not delegated",
      { clientId: "multi", assertion: tenant(`NO:ORGNR:${STRANGER}:`) },
      "access_denied: the organisation has not delegated to the client's supplier",
    ],
    [
      "the supplier itself, which has not delegated either",
      { clientId: "multi", assertion: tenant(`NO:ORGNR:${SUPPLIER}:`) },
      "access_denied: the organisation has not delegated to the client's supplier",
    ],
    [
      "a missing colon",
      { clientId: "multi", assertion: tenant(`NO:ORGNR:${MUNICIPALITY}`) },
      `invalid_authorization_details: ${form}`,
    ],
    [
      "the single-tenant form from a multi-tenant client",
      { clientId: "multi", assertion: child(MUNICIPALITY) },
      `invalid_authorization_details: ${form}`,
    ],
    [
      "no organisation from a multi-tenant client",
      { clientId: "multi" },
      "invalid_authorization_details: a multi-tenant client names an organisation: element helseid_authorization",
    ],
    [
      "an organisation from a client without tenancy",
      { clientId: "untied", assertion: child(STRANGER) },
      "access_denied: a client without tenancy acts for no organisation",
    ],
    [
      "an element of an unknown type",
      { assertion: (_header, payload) => void (payload["assertion_details"] = [{ type: "x" }]) },
      "invalid_authorization_details: each element has a type, one of: helseid_authorization, nhn:tillitsrammeverk:parameters",
    ],
    [
      "an element of a wrong form",
      {
        assertion: (_header, payload) =>
          void (payload["assertion_details"] = { type: "helseid_authorization", more: 1 }),
      },
      "invalid_authorization_details: # must have required property 'practitioner_role'; # must NOT have additional properties",
    ],
    [
      "the same element twice",
      {
        assertion: (header, payload) => {
          child(SUB_UNIT)(header, payload);
          payload["authorization_details"] = payload["assertion_details"];
        },
      },
      "access_denied: HID-DOUBLE-STRUCTURE: the organisation is given twice",
    ],
  ];
  test.each(refusals)("%s is refused", async (_name, options, error) => {
    expect(await refusal((await client(options)).clientCredentials(EVENTS_SCOPE))).toBe(error);
  });
});
