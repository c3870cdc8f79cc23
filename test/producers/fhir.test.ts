import { describe, expect, test } from "vitest";
import { readBundle } from "#producers/fhir/bundle";
import { parseExactly, parseResource } from "#producers/fhir/exact-json";
import { isUcumUnit } from "#producers/fhir/ucum";
import { sample } from "./samples.ts";

test("a Bundle gives its resources in order, and tells of places without one", () => {
  const read = readBundle(sample("morning-at-home"));
  if (read.kind === "refused") throw new Error(read.fault.detail);
  expect(read.resources.map((resource) => resource?.["resourceType"])).toEqual(
    Array.from({ length: 4 }, () => "Observation"),
  );
  expect(readBundle({ entry: [{}, 7, { resource: { resourceType: "CarePlan" } }] })).toEqual({
    kind: "entries",
    resources: [undefined, undefined, { resourceType: "CarePlan" }],
  });
  expect(readBundle({ resourceType: "Bundle", entry: [] })).toMatchObject({ kind: "refused" });
  expect(readBundle({ entry: Array.from({ length: 1001 }, () => ({})) })).toEqual({
    kind: "refused",
    fault: { path: "Bundle.entry", detail: "holds more than 1000 resources" },
  });
});

describe("a resource's text", () => {
  test("keeps its numbers as they were written", () => {
    const written = '{"a":36.50,"b":[1e2,-0.0,12345678901234567890.10],"c":1,"d":"36.50"}';
    expect(JSON.stringify(parseExactly(written))).toBe(written);
  });

  test("has its references changed, wherever they stand", () => {
    const text = '{"hasMember":[{"reference":"a"}],"note":[{"text":"reference"}],"reference":7}';
    expect(JSON.stringify(parseExactly(text, (reference) => `${reference}!`))).toBe(
      '{"hasMember":[{"reference":"a!"}],"note":[{"text":"reference"}],"reference":7}',
    );
  });

  test.each([
    ["not JSON", "{", "is not JSON"],
    ["a list", "[]", "is not a JSON object"],
    ["nothing", "null", "is not a JSON object"],
    [
      "nested too deep",
      `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
      "nests deeper than 64 levels",
    ],
  ])("that is %s is refused", (_name, text, detail) => {
    expect(parseResource(text)).toEqual({ kind: "refused", detail });
  });
});

test("units are UCUM's, case and all", () => {
  const units = ["mm[Hg]", "%", "Cel", "kg", "[lb_av]", "mmol/L", "/min", "{score}", "1", "kg/m2"];
  expect(units.filter(isUcumUnit)).toEqual(units);
  const others = ["mmHg", "KG", "°C", "", "lbs", "bpm", "m^2", "kg m", "(", "a".repeat(65), "\n"];
  expect(others.filter(isUcumUnit)).toEqual([]);
});
