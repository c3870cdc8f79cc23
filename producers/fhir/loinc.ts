import type { TOPICS } from "#schemas/event-types";

const LOINC_SYSTEM = "http://loinc.org";

export type MeasurementKind = (typeof TOPICS)["measurement"]["kinds"][number];

/** What the profile fixes for a code. */
export type CodedMeasurement = {
  readonly name: string;
  readonly kind: MeasurementKind;
  /** The UCUM codes that a value may have; none when the code is a panel. */
  readonly units: readonly string[];
  /** The codes that a panel's components must carry. */
  readonly components: readonly string[];
};

function single(name: string, kind: MeasurementKind, ...units: string[]): CodedMeasurement {
  return { name, kind, units, components: [] };
}

/**
 * The codes of the Norwegian VkpObservation profile (hl7.fhir.no.vkp.observation 0.5.2), by which
 * LOINC alone says what was measured. Units are those of the FHIR R4 vital signs profiles that it
 * builds on; for glucose the one of the code's own scale.
 */
const CODES: ReadonlyMap<string, CodedMeasurement> = new Map([
  [
    "85354-9",
    {
      name: "blood pressure panel",
      kind: "blood-pressure",
      units: [],
      components: ["8480-6", "8462-4"],
    },
  ],
  ["8480-6", single("systolic blood pressure", "blood-pressure", "mm[Hg]")],
  ["8462-4", single("diastolic blood pressure", "blood-pressure", "mm[Hg]")],
  ["2708-6", single("oxygen saturation", "oxygen-saturation", "%")],
  ["8310-5", single("body temperature", "temperature", "Cel", "[degF]")],
  ["29463-7", single("body weight", "weight", "kg", "g", "[lb_av]")],
  ["15074-8", single("blood glucose", "glucose", "mmol/L", "mmol/l")],
  ["8867-4", single("heart rate", "other", "/min")],
  ["9279-1", single("respiratory rate", "other", "/min")],
]);

/** The LOINC code of a concept that the profile knows, and what it fixes. */
export type KnownCode = { readonly code: string; readonly fixes: CodedMeasurement };

/** Finds what the profile fixes for a CodeableConcept; nothing for a concept that it does not know. */
export function knownCode(concept: {
  coding?: { system?: string; code?: string }[];
}): KnownCode | undefined {
  for (const { system, code } of concept.coding ?? []) {
    const fixes = system === LOINC_SYSTEM && code !== undefined ? CODES.get(code) : undefined;
    if (fixes !== undefined && code !== undefined) return { code, fixes };
  }
  return undefined;
}

/** The profile's name of a code, for messages. */
export function nameOfCode(code: string): string {
  return CODES.get(code)?.name ?? code;
}
