import type * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";
import { logIn } from "./log-in.ts";
import {
  createClientKey,
  GP_OFFICE,
  HELPER,
  MUNICIPALITY,
  NURSE,
  PLANS_SCOPE,
  registrationsFor,
  STRANGER,
  SUB_UNIT,
  type ClientKey,
} from "./registrations.ts";
import { attestation, ATTESTATION_TYPE } from "./attestation.ts";
import { claimsOf, createTestClient, refusal, type TestClient } from "./test-client.ts";

let key: ClientKey;
let helseid: Helseid;

beforeAll(async () => {
  key = await createClientKey();
  helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrationsFor(key) });
});
afterAll(() => helseid[Symbol.asyncDispose]());

type Details = Record<string, oauth.JsonValue | undefined>;

/** A client that says these details in the assertion of its token request only. */
async function saying(details: Details, clientId = "single"): Promise<TestClient> {
  let speaks = false;
  const client = await createTestClient(helseid.issuer, key, {
    clientId,
    assertion: (_header, payload) => {
      if (speaks) Object.assign(payload, details);
    },
  });
  return {
    ...client,
    exchange: (callback, verifier) => {
      speaks = true;
      return client.exchange(callback, verifier);
    },
  };
}

async function tokenFor(
  client: TestClient,
  {
    more,
    person = NURSE,
  }: { more?: Record<string, string>; person?: { identityNumber: string } } = {},
): Promise<Record<string, unknown>> {
  const form = { identity_number: person.identityNumber };
  const { callback, verifier } = await logIn(client, {
    scope: PLANS_SCOPE,
    form,
    ...(more && { more }),
  });
  return claimsOf((await client.exchange(callback, verifier)).access_token);
}

const complete = {
  type: ATTESTATION_TYPE,
  toa: expect.any(Number),
  practitioner: {
    identifier: {
      id: NURSE.identityNumber,
      system: "urn:oid:2.16.578.1.12.4.1.4.1",
      name: NURSE.name,
      authority: "https://www.skatteetaten.no",
    },
    hpr_nr: {
      id: "431001110",
      system: "urn:oid:2.16.578.1.12.4.1.4.4",
      authority: "https://www.helsedirektoratet.no",
    },
    authorization: { code: "SP", system: "urn:oid:2.16.578.1.12.4.1.1.9060" },
    legal_entity: { id: GP_OFFICE, system: "urn:oid:2.16.578.1.12.4.1.4.101" },
    point_of_care: { id: GP_OFFICE, system: "urn:oid:2.16.578.1.12.4.1.4.101" },
  },
  care_relationship: attestation()["care_relationship"],
  patients: attestation()["patients"],
};

describe("an attestation", () => {
  test("in the token request's assertion is completed from the login", async () => {
    const claims = await tokenFor(await saying({ assertion_details: attestation() }));
    expect(claims[ATTESTATION_TYPE]).toEqual(complete);
    // within five seconds: the clock may turn between the two
    const toa: unknown = expect.closeTo(Number(claims["iat"]), -1);
    expect(claims).toMatchObject({ [ATTESTATION_TYPE]: { toa } });
  });

  test("may stand in a list with the organisation", async () => {
    const identifier = { system: "urn:oid:2.16.578.1.12.4.1.4.101", type: "ENH", value: SUB_UNIT };
    const organisation = {
      type: "helseid_authorization",
      practitioner_role: { organization: { identifier } },
    };
    const details = { assertion_details: [organisation, attestation()] };
    expect(await tokenFor(await saying(details))).toMatchObject({
      [ATTESTATION_TYPE]: complete,
      "helseid://claims/client/claims/orgnr_child": SUB_UNIT,
    });
  });

  test("may come under the older name", async () => {
    const client = await saying({ authorization_details: [attestation()] });
    expect((await tokenFor(client))[ATTESTATION_TYPE]).toEqual(complete);
  });

  test.each(["assertion_details", "authorization_details"])(
    "may be pushed with the request as %s",
    async (name) => {
      const more = { [name]: JSON.stringify(attestation()) };
      const claims = await tokenFor(await saying({}), { more });
      expect(claims[ATTESTATION_TYPE]).toEqual(complete);
    },
  );

  test("may stand in the assertion of the pushed request", async () => {
    let first = true;
    const client = await createTestClient(helseid.issuer, key, {
      assertion: (_header, payload) => {
        if (first) payload["assertion_details"] = attestation();
        first = false;
      },
    });
    expect((await tokenFor(client))[ATTESTATION_TYPE]).toEqual(complete);
  });

  test("can be left out", async () => {
    expect(await tokenFor(await saying({}))).not.toHaveProperty([ATTESTATION_TYPE]);
  });

  test("of one with a D-number says so", async () => {
    const client = await saying({ assertion_details: attestation() });
    const claims = await tokenFor(client, { person: HELPER });
    expect(claims).toMatchObject({
      [ATTESTATION_TYPE]: {
        practitioner: {
          identifier: { id: HELPER.identityNumber, system: "urn:oid:2.16.578.1.12.4.1.4.2" },
        },
      },
    });
    expect(claims).not.toHaveProperty([ATTESTATION_TYPE, "practitioner", "hpr_nr"]);
  });

  test("of a multi-tenant client is for the organisation that it acts for", async () => {
    const identifier = {
      system: "urn:oid:1.0.6523",
      type: "ENH",
      value: `NO:ORGNR:${MUNICIPALITY}:`,
    };
    const organisation = {
      type: "helseid_authorization",
      practitioner_role: { organization: { identifier } },
    };
    const more = { assertion_details: JSON.stringify(organisation) };
    const own = attestation({ practitioner: { legal_entity: { id: MUNICIPALITY } } });
    const client = await saying({ assertion_details: own }, "multi");
    expect(await tokenFor(client, { more })).toMatchObject({
      "helseid://claims/client/claims/orgnr_parent": MUNICIPALITY,
      [ATTESTATION_TYPE]: { practitioner: { legal_entity: { id: MUNICIPALITY } } },
    });
  });
});

describe("an attestation is refused", () => {
  const other = { id: HELPER.identityNumber, system: "urn:oid:2.16.578.1.12.4.1.4.2" };
  const volven = "urn:oid:2.16.578.1.12.4.1.1.9060";
  const refusals: [string, Parameters<typeof attestation>[0], string][] = [
    [
      "of another practitioner",
      { practitioner: { identifier: other } },
      "access_denied: the attestation's practitioner is not the one who logged in (ATT-11)",
    ],
    [
      "with another's hpr number",
      { practitioner: { hpr_nr: { id: "1", system: "urn:oid:2.16.578.1.12.4.1.4.4" } } },
      "access_denied: the attestation's hpr_nr is not the practitioner's (ATT-29)",
    ],
    [
      "with an authorisation that is not registered",
      { practitioner: { authorization: { code: "LE", system: volven } } },
      "access_denied: the attestation's authorization is not in the personnel register (ATT-32)",
    ],
    [
      "for another organisation",
      { practitioner: { legal_entity: { id: STRANGER } } },
      "access_denied: the attestation's legal_entity is not the organisation of the token (ATT-13)",
    ],
    [
      "without a reason",
      { care_relationship: { healthcare_service: undefined } },
      "access_denied: the attestation needs healthcare_service or purpose_of_use_details (ATT-37)",
    ],
    [
      "with an unknown purpose",
      { care_relationship: { purpose_of_use: { code: "FUN" } } },
      "invalid_authorization_details: #/care_relationship/purpose_of_use/code must be one of: TREAT, ETREAT, COC, BTG",
    ],
    [
      "without a decision",
      { care_relationship: { decision_ref: undefined } },
      "invalid_authorization_details: #/care_relationship must have required property 'decision_ref'",
    ],
    [
      "with a time of its own",
      { toa: 1 },
      "invalid_authorization_details: # must NOT have additional properties",
    ],
  ];
  test.each(refusals)("%s", async (_name, changes, error) => {
    const client = await saying({ assertion_details: attestation(changes) });
    expect(await refusal(tokenFor(client))).toBe(error);
  });

  test("when it is pushed and said again for the token", async () => {
    const more = { assertion_details: JSON.stringify(attestation()) };
    const client = await saying({ assertion_details: attestation() });
    expect(await refusal(tokenFor(client, { more }))).toBe(
      "access_denied: HID-DOUBLE-STRUCTURE: the attestation is given twice",
    );
  });

  test("without a login", async () => {
    const client = await createTestClient(helseid.issuer, key, {
      assertion: (_header, payload) => void (payload["assertion_details"] = attestation()),
    });
    expect(await refusal(client.clientCredentials(PLANS_SCOPE))).toBe(
      "access_denied: an attestation needs a practitioner who has logged in",
    );
  });

  test("when the pushed one has a fault, at once", async () => {
    const faulty = JSON.stringify(attestation({ patients: undefined }));
    const client = await saying({});
    expect(await refusal(tokenFor(client, { more: { assertion_details: faulty } }))).toBe(
      "invalid_authorization_details: # must have required property 'patients'",
    );
  });
});
