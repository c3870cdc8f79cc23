import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { GP_OFFICE, STRANGER } from "#deploy/site/parties";
import { persons } from "../support/identity-numbers.ts";
import { formOf, json, lookupsAt } from "./lookups.ts";
import { sharedSource } from "./shared-source.ts";
import { attestation } from "./source-site.ts";

const [KNOWN = "", BLOCKED = "", FOREIGN = ""] = persons(3);

const shared = sharedSource("measurements");
const { record, opaque, read, search, lastDisclosure } = lookupsAt(shared);

beforeAll(async () => {
  const { policy } = shared.at;
  for (const consumer of [GP_OFFICE.number, STRANGER.number]) {
    await policy.agree(consumer, "measurement");
  }
  for (const patient of [KNOWN, BLOCKED]) await policy.relate(GP_OFFICE.number, patient);
});

describe("what is not permitted", () => {
  test("looks like what is not there, and each refusal is accounted for", async () => {
    const id = await record(FOREIGN);
    const known = await record(KNOWN);
    await shared.at.policy.patientOf(FOREIGN);
    const nothing = await read(opaque("abcdefghijklmnop"));
    expect(nothing.status).toBe(404);
    const cases: [string, string, string][] = [
      ["no-relationship", opaque(id), "gp-ehr"],
      ["no-relationship", opaque(known, STRANGER.number), "stranger-ehr"],
      ["not-there", opaque(known, STRANGER.number), "gp-ehr"], // another consumer's id
      ["not-there", known, "gp-ehr"], // the source's own id
      ["not-there", "x".repeat(200), "gp-ehr"],
    ];
    for (const [reason, path, client] of cases) {
      const answer = await read(path, client);
      expect([answer.status, answer.body]).toEqual([404, nothing.body]);
      expect(await lastDisclosure()).toMatchObject({ decision: "deny", reason });
    }
    expect(json(await search(formOf(FOREIGN)))).toMatchObject({ type: "searchset", total: 0 });
    expect(json(await search(formOf(FOREIGN)))).not.toHaveProperty("entry");
    expect(await lastDisclosure()).toMatchObject({ decision: "deny", reason: "no-relationship" });
  });

  test("a block stops the next lookup, and lifting it lets it through again", async () => {
    const id = await record(BLOCKED);
    for (let round = 0; round < 5; round += 1) {
      await shared.at.policy.block(GP_OFFICE.number, BLOCKED);
      expect((await read(opaque(id))).status).toBe(404);
      expect(await lastDisclosure()).toMatchObject({ decision: "deny", reason: "blocked" });
      expect(json(await search(formOf(BLOCKED)))).toMatchObject({ total: 0 });
      await shared.at.policy.block(GP_OFFICE.number, BLOCKED, "lifted");
      expect((await read(opaque(id))).status).toBe(200);
    }
  });

  test("a relationship that has ended stops it too", async () => {
    const id = await record(KNOWN);
    await shared.at.policy.relate(GP_OFFICE.number, KNOWN, "ended");
    expect((await read(opaque(id))).status).toBe(404);
    await shared.at.policy.relate(GP_OFFICE.number, KNOWN);
    expect((await read(opaque(id))).status).toBe(200);
  });
});

describe("a caller who may not ask", () => {
  test.each<[string, object, string]>([
    [
      "a machine",
      { practitioner: null, attestation: null },
      "a logged-in practitioner and an attestation",
    ],
    ["a practitioner without attestation", { attestation: null }, "the token lacks an attestation"],
    [
      "a practitioner with a weak login",
      { claims: { "helseid://claims/identity/security_level": "3" } },
      "the token lacks security level 4",
    ],
    [
      "one who would override a block",
      { attestation: attestation(GP_OFFICE.number, undefined, "BTG") },
      "the token lacks a purpose of use among TREAT, ETREAT, COC",
    ],
  ])("%s is told what the token lacks", async (_name, changes, detail) => {
    const answer = await read(opaque("abcdefghijklmnop"), "gp-ehr", changes);
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain(detail);
    expect(answer.headers.get("www-authenticate")).toBe(
      'DPoP error="insufficient_authorization_details"',
    );
  });

  test("a token for recording is not one for reading, nor is a broken one", async () => {
    const scopes = [`${shared.at.controller.audience}/record`];
    expect((await read(opaque("abcdefghijklmnop"), "gp-ehr", { scopes })).status).toBe(403);
    for (const fault of ["InvalidSigningKey", "InvalidAudience", "InvalidJkt", "WrongHtu"]) {
      const broken = { switches: [fault] };
      expect((await read(opaque("abcdefghijklmnop"), "gp-ehr", broken)).status).toBe(401);
    }
    const stale = await read(opaque("abcdefghijklmnop"), "gp-ehr", {
      switches: ["AttestationStale"],
    });
    expect([stale.status, JSON.stringify(stale.body)]).toEqual([
      401,
      expect.stringContaining("attestation_has_expired"),
    ]);
  });
});

test("a search must name one patient, in the body", async () => {
  const form = formOf(KNOWN);
  for (const wrong of [
    "",
    `${form}&${form}`,
    `${form}&status=final`,
    formOf("12345678901"),
    "patient.identifier=1",
  ]) {
    const answer = await search(wrong);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain("12345678901");
  }
  expect((await search(`${form}&x=${"y".repeat(2000)}`)).status).toBe(413);
  const asQuery = await shared.at.practitioner("gp-ehr")(
    "GET",
    `${shared.url}/fhir/Observation?${form}`,
  );
  expect(asQuery.status).toBe(405);
});

test("what cannot be accounted for is not answered", async () => {
  const id = await record(KNOWN);
  using raw = new DatabaseSync(join(shared.at.directory, "store", "source.sqlite"));
  raw.exec("alter table disclosure rename to disclosure_away");
  const answer = await read(opaque(id));
  raw.exec("alter table disclosure_away rename to disclosure");
  expect(answer.status).toBe(503);
  expect(JSON.stringify(answer.body)).not.toContain("7.4");
  expect((await read(opaque(id))).status).toBe(200);
});

test("while policy cannot be read nothing is answered, not even that there is nothing", async () => {
  const id = await record(KNOWN);
  await shared.at.nats().freeze();
  const answers = await Promise.all([
    read(opaque(id)),
    read(opaque("abcdefghijklmnop")),
    search(formOf(KNOWN)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(answers[0]?.headers.get("retry-after")).toBe("2");
  shared.at.nats().thaw();
  await expect.poll(async () => (await read(opaque(id))).status, { timeout: 10_000 }).toBe(200);
}, 20_000);
