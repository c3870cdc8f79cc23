import type { Lookup } from "../practitioner.ts";

type Part = Readonly<Record<string, unknown>>;

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function partsOf(value: unknown): Part[] {
  return Array.isArray(value) ? value.filter(isPart) : [];
}

/** What a practitioner sees of a lookup, in one line. */
export function shown(lookup: Lookup): string {
  if (lookup.kind !== "found" || lookup.resource === undefined) return "«Ikke tilgjengelig»";
  const content =
    lookup.resource["resourceType"] === "CarePlan"
      ? planText(lookup.resource)
      : measurementText(lookup.resource);
  const older =
    lookup.superseded === true
      ? "; the notice's own version is marked «Erstattet av nyere versjon»"
      : "";
  return `${content}, version ${String(lookup.version)}${older}`;
}

function planText(plan: Part): string {
  const activities = partsOf(plan["activity"]).map(({ detail }) =>
    isPart(detail) ? String(detail["description"]) : "",
  );
  return `«${String(plan["title"])}» with ${activities.length} activities, the first «${activities[0] ?? ""}»`;
}

function measurementText(observation: Part): string {
  const components = partsOf(observation["component"]);
  const measured = components.length > 0 ? components : [observation];
  return measured.map((part) => `${nameOf(part)} ${quantityOf(part)}`).join(", ");
}

function nameOf({ code }: Part): string {
  return isPart(code) ? String(code["text"]) : "";
}

function quantityOf({ valueQuantity }: Part): string {
  return isPart(valueQuantity)
    ? `${String(valueQuantity["value"])} ${String(valueQuantity["unit"])}`
    : "";
}
