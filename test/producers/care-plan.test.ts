import { describe, expect, test } from "vitest";
import { judgeCarePlan } from "#producers/fhir/care-plan";
import { KARI } from "./people.ts";
import { type Json, sample } from "./samples.ts";

const UCUM = "http://unitsofmeasure.org";

function faultsOf(judgement: ReturnType<typeof judgeCarePlan>): string[] {
  return judgement.acceptable
    ? []
    : judgement.faults.map(({ path, detail }) => `${path} ${detail}`);
}

describe("a CarePlan", () => {
  test("with activities is acceptable, of its category's kind", () => {
    expect(judgeCarePlan(sample("care-plan"))).toEqual({
      acceptable: true,
      facts: {
        identityNumber: KARI,
        status: "active",
        kind: "self-treatment-plan",
        occurredAt: undefined,
      },
    });
    expect(judgeCarePlan({ ...sample("care-plan"), category: undefined })).toMatchObject({
      facts: { kind: "other" },
    });
  });

  test.each<[string, Json, string]>([
    ["no intent", { intent: undefined }, "CarePlan.intent is missing"],
    ["no subject", { subject: undefined }, "CarePlan.subject is missing: who is this about?"],
    [
      "no activities in a list",
      { activity: [] },
      "CarePlan.activity must NOT have fewer than 1 items",
    ],
    [
      "an activity without status",
      { activity: [{ detail: { description: "x" } }] },
      "CarePlan.activity[0].detail.status is missing",
    ],
    [
      "an activity told twice",
      { activity: [{ reference: { display: "x" }, detail: { status: "scheduled" } }] },
      "CarePlan.activity[0] has a reference and a detail: only one may be there (cpl-3)",
    ],
    [
      "an amount in no unit",
      {
        activity: [
          {
            detail: { status: "scheduled", dailyAmount: { value: 1, system: UCUM, code: "pills" } },
          },
        ],
      },
      'CarePlan.activity[0].detail.dailyAmount.code "pills" is not a UCUM unit',
    ],
  ])("with %s is refused", (_name, change, fault) => {
    const changed: unknown = JSON.parse(JSON.stringify({ ...sample("care-plan"), ...change }));
    expect(faultsOf(judgeCarePlan(changed))).toEqual([fault]);
  });
});
