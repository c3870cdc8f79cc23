import type { Reply } from "./scripted-tenant.ts";

/** A source's answer with a resource, in a version and about a person. */
export function fhirAnswer(
  resource: Record<string, unknown>,
  { version = "1", patient }: { version?: string; patient: string },
): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/fhir+json" },
    body: {
      id: "opaque",
      meta: { versionId: version },
      subject: { identifier: { system: "urn:oid:2.16.578.1.12.4.1.4.1", value: patient } },
      ...resource,
    },
  };
}

const loinc = (code: string): Record<string, unknown> => ({
  coding: [{ system: "http://loinc.org", code }],
});
const quantity = (value: number, code: string): Record<string, unknown> => ({
  valueQuantity: { value, unit: code, system: "http://unitsofmeasure.org", code },
});

export const TEMPERATURE = {
  resourceType: "Observation",
  status: "final",
  code: loinc("8310-5"),
  effectiveDateTime: "2026-11-22T10:15:00+01:00",
  ...quantity(38.4, "Cel"),
};

export const BLOOD_PRESSURE = {
  resourceType: "Observation",
  status: "final",
  code: loinc("85354-9"),
  effectiveDateTime: "2026-11-22T10:15:00+01:00",
  component: [
    { code: loinc("8480-6"), ...quantity(142, "mm[Hg]") },
    { code: loinc("8462-4"), ...quantity(91, "mm[Hg]") },
  ],
};

export const PLAN = {
  resourceType: "CarePlan",
  status: "active",
  intent: "plan",
  title: "Egenbehandlingsplan ved kols",
  period: { start: "2026-11-01" },
  activity: [
    { detail: { status: "in-progress", description: "Mål oksygenmetning hver morgen" } },
    { detail: { status: "not-started", description: "Gul sone: ring responssenteret" } },
  ],
};
