import { personReference, type Subject } from "./observations.ts";

const ORGANISATION_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.101";

function activity(description: string, status: string): unknown {
  return { detail: { kind: "Task", status, description } };
}

function carePlan({ patient, controller, at }: Subject, activities: unknown[]): unknown {
  return {
    resourceType: "CarePlan",
    status: "active",
    intent: "plan",
    category: [
      {
        coding: [
          {
            system: "http://ehelse.no/fhir/CodeSystem/vkp-careplan-category-v090",
            code: "2",
            display: "Egenbehandlingsplan",
          },
        ],
      },
    ],
    title: "Egenbehandlingsplan ved kols",
    subject: personReference(patient),
    period: { start: at.slice(0, 10) },
    author: { identifier: { system: ORGANISATION_NUMBER, value: controller } },
    activity: activities,
  };
}

/** The plan as the hospital first makes it. */
export function firstPlan(subject: Subject): unknown {
  return carePlan(subject, [
    activity("Mål oksygenmetning hver morgen", "in-progress"),
    activity("Grønn sone: vanlige medisiner", "in-progress"),
    activity("Gul sone: ring kommunens responssenter", "not-started"),
  ]);
}

/** The plan after the change that the story turns on. */
export function changedPlan(subject: Subject): unknown {
  return carePlan(subject, [
    activity("Mål oksygenmetning morgen og kveld", "in-progress"),
    activity("Grønn sone: vanlige medisiner", "in-progress"),
    activity("Gul sone: start kur og ring kommunens responssenter", "not-started"),
    activity("Rød sone: ring 113", "not-started"),
  ]);
}
