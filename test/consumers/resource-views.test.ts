import { describe, expect, test } from "vitest";
import { carePlanView } from "#consumers-example/ehr/web/care-plan-view";
import { observationView } from "#consumers-example/ehr/web/observation-view";
import { BLOOD_PRESSURE, PLAN, TEMPERATURE } from "./fhir-answers.ts";

const measurement = (change: object = {}) => observationView({ ...TEMPERATURE, ...change })?.text;
const pressure = (change: object = {}) => observationView({ ...BLOOD_PRESSURE, ...change })?.text;
const plan = (change: object = {}) => carePlanView({ ...PLAN, ...change })?.text;

test("a measurement is shown with decimal comma, Norwegian names and units, and local time", () => {
  const page = measurement();
  for (const word of ["Kroppstemperatur", "38,4 °C", "22. nov. 2026, 10:15", "Endelig"]) {
    expect(page).toContain(word);
  }
});

test.each<[string, object, string]>([
  ["a limit", { valueQuantity: { value: 1.5, comparator: "<", unit: "mmol/L" } }, "&lt;1,5 mmol/L"],
  ["a text", { valueString: "Uklar <måling>" }, "Uklar &lt;måling&gt;"],
  ["a count", { valueInteger: 3 }, "3"],
  ["yes", { valueBoolean: true }, "Ja"],
  ["a code", { valueCodeableConcept: { text: "Våken" } }, "Våken"],
  ["a missing value", { dataAbsentReason: { text: "Ikke utført" } }, "Mangler: Ikke utført"],
  ["something else", { valueSampledData: {} }, "Verdien kan ikke vises her"],
])("a value that is %s is shown as such, never left out", (_, value, shown) => {
  expect(measurement({ valueQuantity: undefined, ...value })).toContain(
    `<dd class="value">${shown}</dd>`,
  );
});

test("a person's number in a performer is not shown, a name is", () => {
  const performer = [{ identifier: { value: "14915110127" } }, { display: "Kari selv" }];
  const page = measurement({ performer });
  expect(page).toContain("Kari selv");
  expect(page).not.toContain("14915110127");
});

test("a plan tells what is not to be done from what is, and hides no time that it cannot show", () => {
  const detail = { status: "in-progress", description: "Ta tabletten" };
  const activity = [
    { detail: { ...detail, doNotPerform: true } },
    { detail: { ...detail, scheduledTiming: { repeat: { frequency: 2 } } } },
    { detail: { ...detail, scheduledPeriod: { start: "2026-11-01", end: "2026-12" } } },
  ];
  const page = plan({ intent: "proposal", activity });
  expect(page).toContain("<strong>Skal ikke gjøres: </strong>Ta tabletten");
  expect(page).toContain("Kan ikke vises her");
  expect(page).toContain("fra 1. nov. 2026 til");
  expect(page).toContain("Forslag");
});

test("a plan without activities says so", () => {
  expect(plan({ activity: undefined })).toContain("Planen har ingen aktiviteter");
});

describe("what was entered in error is not shown", () => {
  test.each([
    ["measurement", pressure, "142"],
    ["plan", plan, "oksygenmetning"],
  ] as const)("as a %s", (_, view, content) => {
    const page = view({ status: "entered-in-error" });
    expect(page).toContain("Feilregistrert");
    expect(page).not.toContain(content);
  });
});

test.each([
  ["a part of another form", pressure({ component: [{ code: "x" }] })],
  ["something that may change its meaning", pressure({ modifierExtension: [{ url: "x" }] })],
  ["rules that are not known", pressure({ implicitRules: "urn:x" })],
  ["an activity's modifier", plan({ activity: [{ modifierExtension: [{ url: "x" }] }] })],
  ["no status", plan({ status: undefined })],
])("nothing is shown of a resource with %s", (_, page) => {
  expect(page).toBeUndefined();
});

test("what the source sends is escaped wherever it stands", () => {
  const hostile = "<script>alert(1)</script>";
  const detail = { status: hostile, description: hostile, scheduledString: hostile };
  const hostilePlan = { title: hostile, description: hostile, intent: hostile, status: hostile };
  const note = [{ text: hostile }];
  const pages = [
    plan({ ...hostilePlan, note, activity: [{ detail }, { reference: { display: hostile } }] }),
    pressure({ status: hostile, code: { text: hostile }, effectiveDateTime: hostile, note }),
    measurement({ valueQuantity: { value: 1, unit: hostile }, performer: [{ display: hostile }] }),
  ];
  for (const page of pages) {
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
  }
});
