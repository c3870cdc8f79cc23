import { beforeAll, describe, expect, test } from "vitest";
import { GP_OFFICE, PRACTITIONERS } from "#deploy/site/parties";
import { aliasOf } from "#schemas/alias";
import { verifyChain } from "#producers/store/disclosure-chain";
import { persons } from "../support/identity-numbers.ts";
import { formOf, json, lookupsAt } from "./lookups.ts";
import { about, sample, sampleText } from "./samples.ts";
import { sharedSource } from "./shared-source.ts";
import { attestation } from "./source-site.ts";

const FHIR = "application/fhir+json";
const [KNOWN = "", MERGED = "", NEW_NUMBER = "", MANY = ""] = persons(4);

const shared = sharedSource("measurements");
const { record, opaque, read, rawRead, search, lastDisclosure, openSourceStore } =
  lookupsAt(shared);

beforeAll(async () => {
  const { policy } = shared.at;
  await policy.agree(GP_OFFICE.number, "measurement");
  for (const patient of [KNOWN, MERGED, MANY]) await policy.relate(GP_OFFICE.number, patient);
  await policy.sameAs(MERGED, NEW_NUMBER);
});

describe("a practitioner in a care relationship", () => {
  test("reads the measurement as it is now, under the consumer's own id for it", async () => {
    const id = await record(KNOWN);
    const body = { ...sample("blood-glucose"), subject: about(KNOWN), id, status: "corrected" };
    const url = `${shared.url}/fhir/Observation/${id}`;
    await shared.at.recorder("PUT", url, { body, type: FHIR });

    const current = await read(opaque(id));
    expect([current.status, json(current)]).toMatchObject([
      200,
      { id: opaque(id), status: "corrected", meta: { versionId: "2" }, subject: about(KNOWN) },
    ]);
    expect(Object.fromEntries(current.headers)).toMatchObject({
      "content-type": "application/fhir+json; charset=utf-8",
      etag: 'W/"2"',
      "cache-control": "no-store",
    });
    expect(JSON.stringify(current.body)).not.toContain(id);
    expect(opaque(id)).toMatch(/^[A-Za-z0-9.-]{1,64}$/); // what FHIR R4 allows as an id

    const first = await read(`${opaque(id)}/_history/1`);
    expect(json(first)).toMatchObject({ status: "final", meta: { versionId: "1" } });
    for (const version of ["3", "0", "one", "01"]) {
      expect((await read(`${opaque(id)}/_history/${version}`)).status).toBe(404);
    }
  });

  test("gets numbers as they were written, and no id of the source's own", async () => {
    const member = await record(KNOWN);
    const references = [
      `Observation/${member}`,
      `${shared.url}/fhir/Observation/${member}/_history/1`,
    ];
    const text = sampleText("blood-glucose").replace('"value": 7.4', '"value": 7.40');
    const body = JSON.stringify({
      ...JSON.parse(text.replace("7.40", '"@"')),
      subject: about(KNOWN),
      hasMember: references.map((reference) => ({ reference })),
    }).replace('"@"', "7.40");
    const url = `${shared.url}/fhir/Observation`;
    const made = await shared.at.recorder("POST", url, { body, type: FHIR });
    const id = String(json(made)["id"]);

    const raw = await rawRead(opaque(id));
    expect(raw).toContain('"value":7.40,');
    expect(raw).toContain(`"reference":"Observation/${opaque(member)}"`);
    expect(raw).toContain(`/fhir/Observation/${opaque(member)}/_history/1"`);
    expect(raw).not.toContain(member);
  });

  test("is accounted for before the answer: who, why, what, when", async () => {
    const id = await record(KNOWN);
    const started = Date.now();
    expect((await read(opaque(id))).status).toBe(200);
    const disclosure = await lastDisclosure();
    expect(disclosure).toMatchObject({
      decision: "permit",
      relationship: expect.stringContaining(GP_OFFICE.number),
      interaction: "read",
      resourceType: "Observation",
      resources: [{ id, version: 1 }],
      organisation: GP_OFFICE.number,
      client: "gp-ehr",
      tokenId: expect.stringMatching(/.{8}/),
      practitioner: {
        hprNumber: PRACTITIONERS.gp.hprNumber,
        name: PRACTITIONERS.gp.name,
        authorization: PRACTITIONERS.gp.authorization,
      },
      purposeOfUse: "TREAT",
      decisionRef: { id: "besok-17", userSelected: true },
      policyRevision: expect.any(Number),
    });
    expect(Date.parse(String(disclosure["at"]))).toBeGreaterThanOrEqual(started);
    expect(JSON.stringify(disclosure)).not.toContain(PRACTITIONERS.gp.identityNumber);
    expect(JSON.stringify(disclosure)).not.toContain(KNOWN);
  });

  test("finds the patient's measurements by the number in the body, the newest first", async () => {
    const ids = [await record(MANY), await record(MANY)];
    const found = await search(formOf(MANY));
    expect([found.status, json(found)]).toMatchObject([
      200,
      {
        resourceType: "Bundle",
        type: "searchset",
        total: 2,
        link: [{ relation: "self", url: `${shared.url}/fhir/Observation/_search` }],
        entry: ids.toReversed().map((id) => ({
          fullUrl: `${shared.url}/fhir/Observation/${opaque(id)}`,
          resource: { id: opaque(id), subject: about(MANY) },
          search: { mode: "match" },
        })),
      },
    ]);
    for (const id of ids) expect(JSON.stringify(found.body)).not.toContain(id);
    expect(await lastDisclosure()).toMatchObject({
      interaction: "search",
      decision: "permit",
      resources: ids.toReversed().map((id) => ({ id, version: 1 })),
    });
  });

  test("is known by any of the patient's numbers, also in the attestation", async () => {
    const id = await record(MERGED);
    const { number } = GP_OFFICE;
    for (const patients of [[MERGED], [NEW_NUMBER], [KNOWN, NEW_NUMBER]]) {
      const attested = { attestation: attestation(number, patients) };
      expect((await read(opaque(id), "gp-ehr", attested)).status).toBe(200);
    }
    const other = { attestation: attestation(number, [KNOWN]) };
    expect((await read(opaque(id), "gp-ehr", other)).status).toBe(404);
    expect(await lastDisclosure()).toMatchObject({
      decision: "deny",
      reason: "attested-for-another-patient",
    });
    const nobody = { attestation: attestation(number, []) };
    expect((await read(opaque(id), "gp-ehr", nobody)).status).toBe(404);
    expect(await lastDisclosure()).toMatchObject({
      decision: "deny",
      reason: "attested-for-no-patient",
    });
  });
});

test("the disclosures are one whole chain, and no log line tells of a patient", async () => {
  await using store = await openSourceStore();
  const links = await store.disclosures(0, 10_000);
  expect(links.length).toBeGreaterThan(5);
  expect(await verifyChain(links)).toMatchObject({ whole: true });
  for (const patient of [KNOWN, MERGED, MANY]) {
    expect(shared.source.log()).not.toContain(patient);
    expect(shared.source.log()).not.toContain(aliasOf(shared.at.keys.alias, patient));
  }
  expect(shared.source.log()).toContain("/fhir/Observation/:id"); // the log is there, and readable
});
