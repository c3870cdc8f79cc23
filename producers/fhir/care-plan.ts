import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import * as element from "./elements.ts";
import type { Judgement } from "./judgement.ts";
import { MAX_FAULTS, type ResourceFault, resourceFaults, typeFault } from "./resource-fault.ts";
import { readSubject } from "./subject.ts";
import { judgeUnit } from "./unit-rules.ts";

const Activity = Type.Object({
  reference: Type.Optional(element.Reference),
  detail: Type.Optional(
    Type.Object({
      status: Type.Enum([
        "not-started",
        "scheduled",
        "in-progress",
        "on-hold",
        "completed",
        "cancelled",
        "stopped",
        "unknown",
        "entered-in-error",
      ]),
      description: Type.Optional(Type.String({ minLength: 1 })),
      dailyAmount: Type.Optional(element.Quantity),
      quantity: Type.Optional(element.Quantity),
    }),
  ),
});
type Activity = Static<typeof Activity>;

/** FHIR R4 CarePlan: the elements that we read or rely on. */
const CarePlan = Type.Object({
  resourceType: Type.Literal("CarePlan"),
  ...element.resourceElements,
  status: Type.Enum([
    "draft",
    "active",
    "on-hold",
    "revoked",
    "completed",
    "entered-in-error",
    "unknown",
  ]),
  intent: Type.Enum(["proposal", "plan", "order", "option"]),
  category: Type.Optional(element.listOf(element.CodeableConcept)),
  title: Type.Optional(Type.String({ minLength: 1 })),
  subject: Type.Optional(element.Reference),
  activity: Type.Optional(element.listOf(Activity)),
});
type CarePlan = Static<typeof CarePlan>;

const validate = compileValidator(CarePlan);

/** The Norwegian categories of plans (VKP-CarePlan: 0 other, 1 treatment, 2 self-treatment, 3 visits). */
const CATEGORY_SYSTEM = /\/vkp-careplan-category(-v\d+)?$/;
const KIND_BY_CATEGORY = new Map([
  ["1", "treatment-plan"],
  ["2", "self-treatment-plan"],
]);

/** Judges a CarePlan as the plans' source accepts it: R4, about a person. */
export function judgeCarePlan(resource: unknown): Judgement {
  const wrongType = typeFault(resource, "CarePlan");
  if (wrongType !== undefined) return { acceptable: false, faults: [wrongType] };
  const judged = validate(resource);
  if (!judged.valid) {
    return { acceptable: false, faults: resourceFaults("CarePlan", judged.faults) };
  }
  const plan = judged.value;
  const subject = readSubject("CarePlan", plan.subject);
  const faults = [
    ...(subject.kind === "refused" ? [subject.fault] : []),
    ...(plan.activity ?? []).flatMap((activity, index) => activityFaults(activity, index)),
  ];
  if (subject.kind === "refused" || faults.length > 0) {
    return { acceptable: false, faults: faults.slice(0, MAX_FAULTS) };
  }
  const { identityNumber } = subject;
  return {
    acceptable: true,
    facts: { identityNumber, status: plan.status, kind: kindOf(plan), occurredAt: undefined },
  };
}

function kindOf({ category }: CarePlan): string {
  for (const { system = "", code = "" } of (category ?? []).flatMap(({ coding }) => coding ?? [])) {
    const kind = CATEGORY_SYSTEM.test(system) ? KIND_BY_CATEGORY.get(code) : undefined;
    if (kind !== undefined) return kind;
  }
  return "other";
}

function activityFaults({ reference, detail }: Activity, index: number): ResourceFault[] {
  const path = `CarePlan.activity[${index}]`;
  if (reference !== undefined && detail !== undefined) {
    return [{ path, detail: "has a reference and a detail: only one may be there (cpl-3)" }];
  }
  return (["dailyAmount", "quantity"] as const).flatMap((name) => {
    const quantity = detail?.[name];
    const fault =
      quantity === undefined ? undefined : judgeUnit(quantity, `${path}.detail.${name}`, undefined);
    return fault === undefined ? [] : [fault];
  });
}
