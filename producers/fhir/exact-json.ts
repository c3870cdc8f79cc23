/**
 * Deeper than any FHIR resource nests, and shallow enough for every walk that follows a structure
 * down to its leaves.
 */
const MAX_DEPTH = 64;

/** A FHIR resource as JSON. */
export type Resource = Record<string, unknown>;

export type ParsedResource =
  | { readonly kind: "resource"; readonly resource: Resource }
  | { readonly kind: "refused"; readonly detail: string };

/**
 * Parses a resource for reading. Decimals become numbers here and may lose trailing zeros: what is
 * stored and handed out is parsed by {@link parseExactly}.
 */
export function parseResource(text: string): ParsedResource {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "refused", detail: "is not JSON" };
  }
  if (!isObject(value)) return { kind: "refused", detail: "is not a JSON object" };
  if (isDeeperThan(value, MAX_DEPTH)) {
    return { kind: "refused", detail: `nests deeper than ${MAX_DEPTH} levels` };
  }
  return { kind: "resource", resource: value };
}

/**
 * Parses text that has been parsed before, and keeps every number as it was written when it is
 * written again: `36.50` says more than `36.5` (FHIR R4, decimal: precision is significant).
 * `reference` changes every literal reference, wherever it stands.
 */
export function parseExactly(text: string, reference?: (reference: string) => string): Resource {
  const parsed = JSON.parse(text, (key, value, { source }) => {
    if (typeof value === "number" && source !== undefined && source !== String(value)) {
      return JSON.rawJSON(source);
    }
    return key === "reference" && typeof value === "string" && reference !== undefined
      ? reference(value)
      : value;
  });
  if (!isObject(parsed)) throw new TypeError("Not the text of a resource");
  return parsed;
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((entry) =>
      typeof entry === "object" && entry !== null ? Object.values(entry) : [],
    );
  }
  return false;
}
