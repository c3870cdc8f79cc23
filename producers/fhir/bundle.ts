import { isObject, type Resource } from "./exact-json.ts";
import type { ResourceFault } from "./resource-fault.ts";

/** A day of measurements from a home has some hundred entries; more is a file to divide. */
const MAX_BUNDLE_ENTRIES = 1000;

export type BundleEntries =
  | { readonly kind: "entries"; readonly resources: readonly (Resource | undefined)[] }
  | { readonly kind: "refused"; readonly fault: ResourceFault };

/**
 * The resources of a FHIR R4 Bundle of any type, in order; a place without a resource holds nothing
 * and is for the caller to refuse.
 */
export function readBundle(bundle: Resource): BundleEntries {
  const { entry } = bundle;
  if (!Array.isArray(entry) || entry.length === 0) {
    return refuse("Bundle.entry", "is missing: the bundle holds no resource");
  }
  if (entry.length > MAX_BUNDLE_ENTRIES) {
    return refuse("Bundle.entry", `holds more than ${MAX_BUNDLE_ENTRIES} resources`);
  }
  const resources = entry.map((each: unknown) => {
    const resource = isObject(each) ? each["resource"] : undefined;
    return isObject(resource) ? resource : undefined;
  });
  return { kind: "entries", resources };
}

function refuse(path: string, detail: string): BundleEntries {
  return { kind: "refused", fault: { path, detail } };
}
