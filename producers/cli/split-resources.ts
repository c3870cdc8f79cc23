import { readBundle } from "../fhir/bundle.ts";
import { parseExactly, parseResource, type Resource } from "../fhir/exact-json.ts";
import { systemOf } from "../fhir/subject.ts";
import type { PublishConfig } from "./config.ts";

export type RecordableType = keyof PublishConfig["sources"];

/** A resource of the input, ready to be recorded, or why it cannot be. `label` says which it is. */
export type Item =
  | {
      readonly kind: "resource";
      readonly label: string;
      readonly type: RecordableType;
      readonly text: string;
    }
  | { readonly kind: "refused"; readonly label: string; readonly detail: string };

/** A type's name as it may be printed: what the sender wrote may be anything. */
const TYPE_NAME = /^[A-Z][A-Za-z]{1,40}$/;

/**
 * Divides the input into resources: the one that it is, or those of a Bundle, in order. With a patient,
 * each is made to be about that person.
 */
export function splitResources(text: string, patient: string | undefined): Item[] {
  const parsed = parseResource(text);
  if (parsed.kind === "refused") {
    return [{ kind: "refused", label: "input", detail: parsed.detail }];
  }
  const resource = parseExactly(text); // keeps decimals as they were written
  if (resource["resourceType"] !== "Bundle") return [itemOf(resource, "", patient)];
  const bundle = readBundle(resource);
  if (bundle.kind === "refused") {
    const { path, detail } = bundle.fault;
    return [{ kind: "refused", label: path, detail }];
  }
  return bundle.resources.map((each, index) => {
    const place = `Bundle.entry[${index}] `;
    return each === undefined
      ? { kind: "refused", label: place.trim(), detail: "holds no resource" }
      : itemOf(each, place, patient);
  });
}

function itemOf(resource: Resource, place: string, patient: string | undefined): Item {
  const { resourceType: type } = resource;
  const name = typeof type === "string" && TYPE_NAME.test(type) ? type : "resource";
  const label = place + name;
  if (type !== "Observation" && type !== "CarePlan") {
    return { kind: "refused", label, detail: "is not an Observation or a CarePlan" };
  }
  const about =
    patient === undefined
      ? resource
      : { ...resource, subject: { identifier: { system: systemOf(patient), value: patient } } };
  return { kind: "resource", label, type, text: JSON.stringify(about) };
}
