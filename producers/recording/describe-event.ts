import { eventType } from "#schemas/event-types";
import { type SourceEvent, validateSourceEvent } from "#schemas/source-event";
import type { ResourceFacts } from "../fhir/judgement.ts";
import type { ResourceVersion } from "../store/source-store.ts";
import { newEventId } from "../publisher/new-event-id.ts";
import type { ResourceKind } from "./resource-kind.ts";

/** Whose events these are, and where their resources are read. */
export type SourceIdentity = {
  readonly controller: string;
  /** The system's name in `urn:no:orgnr:<controller>:<system>`. */
  readonly system: string;
  /** Where consumers reach the source, without a slash at the end. */
  readonly url: string;
};

export type Told = {
  readonly version: ResourceVersion;
  readonly facts: ResourceFacts;
  readonly change: string;
};

/**
 * The event that tells of a recorded version. It holds nothing of the resource but its coarse kind and
 * when it happened: no text of the sender's gets here.
 *
 * @throws TypeError when the source's own name or address cannot stand in an event.
 */
export function describeEvent(
  identity: SourceIdentity,
  { topic, resourceType }: Pick<ResourceKind, "topic" | "resourceType">,
  { version, facts, change }: Told,
): SourceEvent {
  const judged = validateSourceEvent({
    specversion: "1.0",
    id: newEventId(),
    source: `urn:no:orgnr:${identity.controller}:${identity.system}`,
    type: eventType(topic, change),
    subject: version.alias,
    time: timeOf(version, facts),
    recordedtime: version.recordedAt,
    dataref: `${identity.url}/fhir/${resourceType}/${version.id}`,
    dataversion: String(version.version),
    kind: facts.kind,
  });
  if (judged.valid) return judged.value;
  const faults = judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw new TypeError(`The source's event is not valid: ${faults.join("; ")}`);
}

/** A first version tells when it happened, a later one when it was changed. */
function timeOf({ version, recordedAt }: ResourceVersion, { occurredAt }: ResourceFacts): string {
  if (version > 1 || occurredAt === undefined) return recordedAt;
  const time = new Date(occurredAt);
  return Number.isNaN(time.valueOf()) ? recordedAt : time.toISOString();
}
