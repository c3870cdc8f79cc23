/**
 * Measurements as a home-monitoring platform records them: FHIR R4, coded as the Norwegian
 * VkpObservation profiles do (LOINC, SNOMED CT beside it, UCUM units).
 */
const LOINC = "http://loinc.org";
const SNOMED = "http://snomed.info/sct";
const UCUM = "http://unitsofmeasure.org";
const NATIONAL_IDENTITY_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.1";
const ORGANISATION_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.101";

type Code = { readonly loinc: string; readonly snomed: string; readonly text: string };

export type Subject = {
  readonly patient: string;
  readonly controller: string;
  readonly at: string;
};

function concept({ loinc, snomed, text }: Code): unknown {
  return {
    coding: [
      { system: LOINC, code: loinc },
      { system: SNOMED, code: snomed },
    ],
    text,
  };
}

function quantity(value: number, unit: string, code: string = unit): unknown {
  return { value, unit, system: UCUM, code };
}

/** A FHIR logical reference to a person, as in the national profiles. */
export function personReference(identityNumber: string): unknown {
  return { identifier: { system: NATIONAL_IDENTITY_NUMBER, value: identityNumber } };
}

function observation(
  code: Code,
  { patient, controller, at }: Subject,
  rest: Record<string, unknown>,
): unknown {
  return {
    resourceType: "Observation",
    status: "final",
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/observation-category",
            code: "vital-signs",
          },
        ],
      },
    ],
    code: concept(code),
    subject: personReference(patient),
    effectiveDateTime: at,
    performer: [{ identifier: { system: ORGANISATION_NUMBER, value: controller } }],
    ...rest,
  };
}

/** One of each measurement that digital home follow-up begins with. */
export function vitalSigns(subject: Subject): unknown[] {
  return [
    observation({ loinc: "85354-9", snomed: "75367002", text: "Blodtrykk" }, subject, {
      component: [
        {
          code: concept({ loinc: "8480-6", snomed: "271649006", text: "Systolisk" }),
          valueQuantity: quantity(138, "mm[Hg]"),
        },
        {
          code: concept({ loinc: "8462-4", snomed: "271650006", text: "Diastolisk" }),
          valueQuantity: quantity(86, "mm[Hg]"),
        },
      ],
    }),
    observation({ loinc: "2708-6", snomed: "431314004", text: "Oksygenmetning" }, subject, {
      valueQuantity: quantity(93, "%"),
    }),
    observation({ loinc: "8310-5", snomed: "276885007", text: "Kroppstemperatur" }, subject, {
      valueQuantity: quantity(37.6, "°C", "Cel"),
    }),
    observation({ loinc: "29463-7", snomed: "27113001", text: "Vekt" }, subject, {
      valueQuantity: quantity(71.4, "kg"),
    }),
    observation({ loinc: "15074-8", snomed: "434912009", text: "Blodsukker" }, subject, {
      valueQuantity: quantity(8.2, "mmol/L"),
    }),
  ];
}
