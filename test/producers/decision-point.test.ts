import { expect, test } from "vitest";
import { GP_OFFICE, MUNICIPALITY } from "#deploy/site/parties";
import { PolicyIndex } from "#decision/policy-index";
import { aliasOf } from "#schemas/alias";
import { policySubject } from "#schemas/subject";
import type { Asker } from "#producers/sharing/asker";
import { DecisionPoint, type Lookup } from "#producers/sharing/decision-point";
import { KARI } from "./people.ts";

const aliasKey = new Uint8Array(32).fill(9);
const alias = aliasOf(aliasKey, KARI);
const PATIENT = "p".repeat(32);
const consumer = GP_OFFICE.number;
const validity = { from: "2026-01-01T00:00:00Z" };
const change = { by: MUNICIPALITY.number, client: "test", at: "2026-11-22T09:00:00Z" };

const asker: Asker = {
  caller: {
    clientId: "gp-ehr",
    organisation: consumer,
    scopes: new Set(),
    tokenId: "token-1",
  },
  practitioner: { identityNumber: "05817824023", securityLevel: "4", hprNumber: "222200001" },
  attestation: {
    toa: 1_795_000_000,
    practitioner: { legalEntity: consumer },
    careRelationship: { purposeOfUse: "TREAT", decisionRef: { id: "1", userSelected: false } },
    patients: [{ identifier: KARI }],
  },
};
const lookup: Lookup = {
  interaction: "read",
  asker,
  lookedUp: { alias, resources: [{ id: "abcdefghijklmnop", version: 1 }] },
};

/** Policy that a test changes while a decision is under way, and the records that were written. */
function world({
  onRecord = () => {},
}: { onRecord?: (policy: World) => void | Promise<void> } = {}) {
  const index = new PolicyIndex({ openPatient: () => PATIENT });
  const made: World = {
    index,
    isCurrent: true,
    records: [],
    say: (subject, value) => index.apply({ subject, sequence: index.revision + 1, value }),
  };
  made.say(policySubject("alias", alias), { sealedPatient: "sealed" });
  made.say(policySubject("agreement", consumer), {
    consumer,
    topics: [{ topic: "measurement", accepts: ["source-recorded"] }],
    legalBasis: "law",
    validity,
    state: "active",
    change,
  });
  const point = new DecisionPoint({
    topic: "measurement",
    resourceType: "Observation",
    aliasKey,
    policy: { current: async () => (made.isCurrent ? index : undefined) },
    store: {
      disclose: async (entry) => {
        made.records.push(JSON.parse(entry));
        await onRecord(made);
        return { sequence: made.records.length, hash: "" };
      },
    },
    now: () => Date.parse("2026-11-22T10:00:00Z"),
  });
  return { made, point };
}

type World = {
  readonly index: PolicyIndex;
  isCurrent: boolean;
  readonly records: { decision: string; policyRevision: number }[];
  readonly say: (subject: string, value: unknown) => void;
};

function relate({ say }: World): void {
  say(policySubject("relationship", MUNICIPALITY.number, "r1"), {
    consumer,
    patient: PATIENT,
    class: "source-recorded",
    validity,
    reference: "henvisning",
    state: "active",
    change,
  });
}

function block({ say }: World, state: "set" | "lifted" = "set"): void {
  const scope = { kind: "everyone" };
  say(policySubject("block", "b1"), { patient: PATIENT, scope, state, change });
}

test("what is permitted is recorded once, and stands", async () => {
  const { made, point } = world();
  relate(made);
  expect(await point.decide(lookup)).toBe("permitted");
  expect(made.records).toMatchObject([
    { decision: "permit", relationship: `${MUNICIPALITY.number}.r1`, policyRevision: 3 },
  ]);
});

test("a block that comes while the record is written stops the answer, and is recorded", async () => {
  const { made, point } = world({
    onRecord: (policy) => (policy.records.length === 1 ? block(policy) : undefined),
  });
  relate(made);
  expect(await point.decide(lookup)).toBe("denied");
  expect(made.records).toMatchObject([
    { decision: "permit", policyRevision: 3 },
    { decision: "deny", reason: "blocked", policyRevision: 4 },
  ]);
});

test("a relationship that comes while the refusal is written lets the answer through", async () => {
  const { made, point } = world({
    onRecord: (policy) => (policy.records.length === 1 ? relate(policy) : undefined),
  });
  expect(await point.decide(lookup)).toBe("permitted");
  expect(made.records.map(({ decision }) => decision)).toEqual(["deny", "permit"]);
});

test("policy that changes each time that it is looked at gives no answer", async () => {
  const { made, point } = world({
    onRecord: (policy) => block(policy, policy.records.length % 2 === 1 ? "set" : "lifted"),
  });
  relate(made);
  expect(await point.decide(lookup)).toBe("unavailable");
});

test("policy that cannot be known gives no answer, before the record and after it", async () => {
  const before = world();
  before.made.isCurrent = false;
  expect(await before.point.decide(lookup)).toBe("unavailable");
  expect(before.made.records).toEqual([]);

  const after = world({ onRecord: (policy) => void (policy.isCurrent = false) });
  relate(after.made);
  expect(await after.point.decide(lookup)).toBe("unavailable");
});

test("a record that cannot be written gives no answer", async () => {
  const { made, point } = world({ onRecord: () => Promise.reject(new Error("the disk is full")) });
  relate(made);
  await expect(point.decide(lookup)).rejects.toThrow("the disk is full");
});

test("what is not there, and whom nobody knows, is refused and recorded in the same way", async () => {
  const { made, point } = world();
  relate(made);
  const nothing = { ...lookup, lookedUp: { alias: undefined, resources: [] } };
  expect(await point.decide(nothing)).toBe("denied");
  const unknown = { ...lookup, lookedUp: { alias: "a".repeat(32), resources: [] } };
  expect(await point.decide(unknown)).toBe("denied");
  expect(made.records).toMatchObject([{ reason: "not-there" }, { reason: "unknown-patient" }]);
});
