import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { containsIdentityNumber } from "#schemas/identity-number";
import { judgeCarePlan } from "#producers/fhir/care-plan";
import { judgeObservation } from "#producers/fhir/observation";
import { DAO, KARI, NOBODY } from "./people.ts";
import { about, type Json, sample } from "./samples.ts";

const UCUM = "http://unitsofmeasure.org";

function quantity(code: string, more: Json = {}): Json {
  return { valueQuantity: { value: 5, system: UCUM, code, ...more } };
}

function faultsOf(judgement: ReturnType<typeof judgeObservation>): string[] {
  return judgement.acceptable
    ? []
    : judgement.faults.map(({ path, detail }) => `${path} ${detail}`);
}

describe("an Observation", () => {
  test.each([
    ["blood-pressure", "blood-pressure"],
    ["blood-glucose", "glucose"],
    ["body-temperature", "temperature"],
    ["body-weight", "weight"],
    ["oxygen-saturation", "oxygen-saturation"],
  ])("of %s is acceptable, of the kind %s", (name, kind) => {
    expect(judgeObservation(sample(name))).toMatchObject({
      acceptable: true,
      facts: { identityNumber: KARI, status: "final", kind },
    });
  });

  test("in pounds is acceptable once it says who it is about", () => {
    const weight = sample("weight-in-pounds");
    expect(faultsOf(judgeObservation(weight))).toEqual([
      "Observation.subject.identifier is missing: the patient is named by identity number, a reference cannot be followed here",
    ]);
    expect(judgeObservation({ ...weight, subject: about(KARI) })).toMatchObject({
      acceptable: true,
      facts: { kind: "weight", occurredAt: undefined }, // a day is no time
    });
  });

  test.each<[string, Json, string]>([
    ["another type", { resourceType: "Patient" }, "resourceType must be Observation"],
    ["no status", { status: undefined }, "Observation.status is missing"],
    [
      "an unknown status",
      { status: "fine" },
      "Observation.status must be one of: registered, preliminary, final, amended, corrected, cancelled, entered-in-error, unknown",
    ],
    ["no code", { code: undefined }, "Observation.code is missing"],
    ["no subject", { subject: undefined }, "Observation.subject is missing: who is this about?"],
    [
      "a subject in another system",
      { subject: { identifier: { system: "urn:oid:2.16.578.1.12.4.1.4.4", value: "1" } } },
      "Observation.subject.identifier.system must be urn:oid:2.16.578.1.12.4.1.4.1 (fødselsnummer) or urn:oid:2.16.578.1.12.4.1.4.2 (D-number)",
    ],
    [
      "an identity number with wrong control digits",
      { subject: about(NOBODY) },
      "Observation.subject.identifier.value must be eleven digits with valid control digits",
    ],
    [
      "an unknown unit",
      quantity("mmol"),
      'Observation.valueQuantity.code "mmol" does not fit blood glucose (LOINC 15074-8): use mmol/L or mmol/l',
    ],
    [
      "no such unit",
      quantity("sugars"),
      'Observation.valueQuantity.code "sugars" is not a UCUM unit',
    ],
    [
      "an identity number as unit",
      quantity(KARI),
      "Observation.valueQuantity.code this does not fit blood glucose",
    ],
    [
      "a unit with a blank",
      quantity("mmol L"),
      'Observation.valueQuantity.code "mmol L" is not a UCUM unit',
    ],
    [
      "a unit in words only",
      { valueQuantity: { value: 5, unit: "mmol/L" } },
      "Observation.valueQuantity.code is missing: a unit is given by its UCUM code, with the system beside it",
    ],
    [
      "a unit of another system",
      quantity("mmol/L", { system: "http://example.org/units" }),
      "Observation.valueQuantity.system must be http://unitsofmeasure.org",
    ],
    [
      "no number",
      quantity("mmol/L", { value: undefined }),
      "Observation.valueQuantity.value is missing",
    ],
    [
      "text for a number",
      quantity("mmol/L", { value: "7" }),
      "Observation.valueQuantity.value must be number",
    ],
    [
      "no value",
      { valueQuantity: undefined },
      "Observation.valueQuantity is missing: blood glucose is a quantity",
    ],
    [
      "a date of no calendar",
      { effectiveDateTime: "2026-13-01" },
      "Observation.effectiveDateTime must match pattern",
    ],
  ])("with %s is refused", (_name, change, fault) => {
    const changed: unknown = JSON.parse(JSON.stringify({ ...sample("blood-glucose"), ...change }));
    const [first = "", ...others] = faultsOf(judgeObservation(changed));
    expect(first.startsWith(fault) ? fault : first).toBe(fault);
    expect(others).toEqual([]);
  });

  test("of blood pressure must hold both pressures, each in mmHg", () => {
    const panel = sample("blood-pressure");
    const [systolic, diastolic] = Array.isArray(panel["component"]) ? panel["component"] : [];
    expect(faultsOf(judgeObservation({ ...panel, component: [systolic] }))).toEqual([
      "Observation.component lacks diastolic blood pressure (LOINC 8462-4), which a blood pressure panel holds",
    ]);
    const inKilopascal = { ...diastolic, ...quantity("kPa") };
    expect(faultsOf(judgeObservation({ ...panel, component: [systolic, inKilopascal] }))).toEqual([
      'Observation.component[1].valueQuantity.code "kPa" does not fit diastolic blood pressure (LOINC 8462-4): use mm[Hg]',
    ]);
    const notMeasured = { code: diastolic.code, dataAbsentReason: { text: "not measured" } };
    expect(judgeObservation({ ...panel, component: [systolic, notMeasured] }).acceptable).toBe(
      true,
    );
  });

  test("of what the profile does not know is of another kind, with any unit or none", () => {
    const apgar = { coding: [{ system: "http://loinc.org", code: "9272-6" }] };
    for (const change of [quantity("{score}"), { valueQuantity: { value: 9 } }]) {
      expect(
        judgeObservation({ ...sample("blood-glucose"), code: apgar, ...change }),
      ).toMatchObject({ acceptable: true, facts: { kind: "other" } });
    }
    const inWords = { ...sample("blood-glucose"), code: { text: "Humør" }, valueString: "godt" };
    expect(judgeObservation({ ...inWords, valueQuantity: undefined }).acceptable).toBe(true);
  });

  test("that was never made needs no value", () => {
    for (const status of ["cancelled", "registered", "entered-in-error"]) {
      const without = { ...sample("blood-glucose"), status, valueQuantity: undefined };
      expect(faultsOf(judgeObservation(without))).toEqual([]);
    }
  });

  test("of a person with a D-number is acceptable", () => {
    const subject = about(DAO);
    expect(judgeObservation({ ...sample("blood-glucose"), subject })).toMatchObject({
      facts: { identityNumber: DAO },
    });
  });

  test("is judged without a word of the sender's that holds an identity number", () => {
    const digits = fc.constantFrom(KARI, `${KARI.slice(0, 6)} ${KARI.slice(6)}`, `x${KARI}`);
    const anywhere = fc.record(
      {
        [KARI]: fc.constant(1),
        status: digits,
        code: fc.oneof(digits, fc.record({ coding: fc.constant([{ system: KARI, code: KARI }]) })),
        subject: fc.oneof(
          digits,
          fc.record({ identifier: fc.record({ system: digits, value: digits }) }),
        ),
        valueQuantity: fc.record({
          value: digits,
          code: digits,
          system: fc.constantFrom(UCUM, KARI),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anywhere, (change) => {
        const judged = faultsOf(judgeObservation({ ...sample("blood-glucose"), ...change }));
        expect(containsIdentityNumber(judged.join("\n"))).toBe(false);
      }),
    );
  });

  test("of any shape is judged, never thrown at", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (whole, part) => {
        judgeObservation(whole);
        judgeCarePlan(whole);
        for (const name of ["code", "component", "subject", "valueQuantity"]) {
          judgeObservation({ ...sample("blood-glucose"), [name]: part });
        }
        judgeCarePlan({ ...sample("care-plan"), activity: part, category: part });
      }),
    );
  });
});
