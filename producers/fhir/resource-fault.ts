import type { Fault } from "#schemas/strict-ajv";
import { isObject } from "./exact-json.ts";

/** What is wrong with a resource, and where: a path as FHIR writes it (`Observation.component[1].code`). */
export type ResourceFault = { readonly path: string; readonly detail: string };

/** A list of faults that a person would still read; the rest is counted. */
export const MAX_FAULTS = 20;

const INDEX = /^\d+$/;
const ELEMENT_NAME = /^[A-Za-z_]{1,64}$/;

/**
 * Writes a JSON pointer (URI fragment) as a FHIR path. A step that is not an element's name is the
 * sender's own text, and is left out: it may be anything.
 */
function fhirPath(resourceType: string, pointer: string): string {
  let path = resourceType;
  for (const step of pointer.replace(/^#/, "").split("/").slice(1)) {
    if (INDEX.test(step)) path += `[${step}]`;
    else path += ELEMENT_NAME.test(step) ? `.${step}` : ".?";
  }
  return path;
}

const MISSING = /^must have required property '(\w+)'$/;

/** A validator's faults in FHIR's words. */
export function resourceFaults(resourceType: string, faults: readonly Fault[]): ResourceFault[] {
  return faults.map(({ pointer, detail }) => {
    const path = fhirPath(resourceType, pointer);
    const [, missing] = MISSING.exec(detail) ?? [];
    return missing === undefined
      ? { path, detail }
      : { path: `${path}.${missing}`, detail: "is missing" };
  });
}

/** The fault of a resource of another type than is taken; nothing when it is of that type. */
export function typeFault(resource: unknown, resourceType: string): ResourceFault | undefined {
  return isObject(resource) && resource["resourceType"] === resourceType
    ? undefined
    : { path: "resourceType", detail: `must be ${resourceType}` };
}
