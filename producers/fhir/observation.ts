import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import * as element from "./elements.ts";
import type { Judgement } from "./judgement.ts";
import { type KnownCode, knownCode, nameOfCode } from "./loinc.ts";
import { MAX_FAULTS, type ResourceFault, resourceFaults, typeFault } from "./resource-fault.ts";
import { readSubject } from "./subject.ts";
import { judgeUnit } from "./unit-rules.ts";

const value = {
  valueQuantity: Type.Optional(element.Quantity),
  dataAbsentReason: Type.Optional(element.CodeableConcept),
} as const;

const Component = Type.Object({ code: element.CodeableConcept, ...value });

/** FHIR R4 Observation: the elements that we read or rely on. */
const Observation = Type.Object({
  resourceType: Type.Literal("Observation"),
  ...element.resourceElements,
  status: Type.Enum([
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "entered-in-error",
    "unknown",
  ]),
  code: element.CodeableConcept,
  subject: Type.Optional(element.Reference),
  effectiveDateTime: Type.Optional(element.dateTime),
  effectiveInstant: Type.Optional(element.instant),
  issued: Type.Optional(element.instant),
  ...value,
  component: Type.Optional(element.listOf(Component)),
});
type Observation = Static<typeof Observation>;
type Component = Static<typeof Component>;

const validate = compileValidator(Observation);

/** Statuses in which there need not be a value. */
const WITHOUT_VALUE = new Set(["registered", "cancelled", "entered-in-error"]);

/** Judges an Observation as the measurements' source accepts it: R4, in UCUM units, about a person. */
export function judgeObservation(resource: unknown): Judgement {
  const wrongType = typeFault(resource, "Observation");
  if (wrongType !== undefined) return { acceptable: false, faults: [wrongType] };
  const judged = validate(resource);
  if (!judged.valid) {
    return { acceptable: false, faults: resourceFaults("Observation", judged.faults) };
  }
  const observation = judged.value;
  const subject = readSubject("Observation", observation.subject);
  const faults = [
    ...(subject.kind === "refused" ? [subject.fault] : []),
    ...valueFaults(observation),
  ];
  if (subject.kind === "refused" || faults.length > 0) {
    return { acceptable: false, faults: faults.slice(0, MAX_FAULTS) };
  }
  return { acceptable: true, facts: factsOf(observation, subject.identityNumber) };
}

function factsOf(
  observation: Observation,
  identityNumber: string,
): Extract<Judgement, { acceptable: true }>["facts"] {
  const { status, code, effectiveDateTime, effectiveInstant, issued } = observation;
  return {
    identityNumber,
    status,
    kind: knownCode(code)?.fixes.kind ?? "other",
    occurredAt: [effectiveDateTime, effectiveInstant, issued].find(isToTheSecond),
  };
}

function isToTheSecond(time: string | undefined): boolean {
  return time?.includes("T") ?? false;
}

function valueFaults(observation: Observation): ResourceFault[] {
  const known = knownCode(observation.code);
  const components = observation.component ?? [];
  return [
    ...quantityFaults("Observation", observation, known),
    ...components.flatMap((component, index) =>
      quantityFaults(`Observation.component[${index}]`, component, knownCode(component.code)),
    ),
    ...(WITHOUT_VALUE.has(observation.status) || observation.dataAbsentReason !== undefined
      ? []
      : missingValues(known, observation, components)),
  ];
}

type Valued = Pick<Component, "valueQuantity" | "dataAbsentReason">;

function quantityFaults(
  path: string,
  { valueQuantity }: Valued,
  known: KnownCode | undefined,
): ResourceFault[] {
  if (valueQuantity === undefined) return [];
  const fault = judgeUnit(valueQuantity, `${path}.valueQuantity`, known);
  const withoutNumber =
    valueQuantity.value === undefined && known !== undefined
      ? [{ path: `${path}.valueQuantity.value`, detail: "is missing" }]
      : [];
  return fault === undefined ? withoutNumber : [fault, ...withoutNumber];
}

/** What the profile demands: a panel's components, or a quantity. */
function missingValues(
  known: KnownCode | undefined,
  observation: Valued,
  components: readonly Component[],
): ResourceFault[] {
  if (known === undefined) return [];
  if (known.fixes.components.length > 0) return missingComponents(known, components);
  return observation.valueQuantity === undefined
    ? [
        {
          path: "Observation.valueQuantity",
          detail: `is missing: ${known.fixes.name} is a quantity`,
        },
      ]
    : [];
}

function missingComponents(known: KnownCode, components: readonly Component[]): ResourceFault[] {
  const answered = components
    .filter((component) => (component.valueQuantity ?? component.dataAbsentReason) !== undefined)
    .map((component) => knownCode(component.code)?.code);
  return known.fixes.components
    .filter((code) => !answered.includes(code))
    .map((code) => ({
      path: "Observation.component",
      detail: `lacks ${nameOfCode(code)} (LOINC ${code}), which a ${known.fixes.name} holds`,
    }));
}
