import { aliasOf } from "#schemas/alias";
import { parseExactly, parseResource } from "../fhir/exact-json.ts";
import type { ResourceFacts } from "../fhir/judgement.ts";
import type { ResourceFault } from "../fhir/resource-fault.ts";
import type { ResourceVersion, SourceStore } from "../store/source-store.ts";
import { describeEvent, type SourceIdentity } from "./describe-event.ts";
import { newResourceId } from "./new-resource-id.ts";
import type { ResourceKind } from "./resource-kind.ts";

/** Two writers that meet at one resource: the second looks again, this often. */
const MAX_ATTEMPTS = 5;

export type Recorded = {
  readonly kind: "recorded";
  readonly version: ResourceVersion;
  readonly outboxSequence: number;
};

export type RecordingOutcome =
  | Recorded
  /** The text is no JSON object at all. */
  | { readonly kind: "unreadable"; readonly detail: string }
  | { readonly kind: "refused"; readonly faults: readonly ResourceFault[] }
  | { readonly kind: "not-there" }
  /** The resource is at another version than the writer expected. */
  | { readonly kind: "another-version" };

export type RecorderOptions = {
  readonly kind: ResourceKind;
  readonly identity: () => SourceIdentity;
  readonly aliasKey: Uint8Array;
  readonly store: Pick<SourceStore, "record" | "read">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** An update of a resource, only from a given version when one is named. */
export type Update = {
  readonly id: string;
  readonly text: string;
  readonly expectedVersion?: number | undefined;
};

type Judged = { readonly kind: "judged"; readonly facts: ResourceFacts; readonly id?: string };
type Refusal = Exclude<RecordingOutcome, Recorded>;

/**
 * Records resources: a version and the event that tells of it are stored together or not at all.
 * Everything is judged before; the resource is stored as given, but for its id and meta's version.
 */
export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Records a resource as new. An id that the sender gave is replaced (R4, http create). */
  async create(text: string): Promise<RecordingOutcome> {
    const judged = this.#judge(text);
    if (judged.kind !== "judged") return judged;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const place = { id: newResourceId(), version: 1 };
      const recorded = await this.#store(place, text, judged.facts);
      if (recorded !== undefined) return recorded;
    }
    return { kind: "another-version" }; // that many doubles of a random id do not happen
  }

  /** Records a new version of a resource that is there (R4, http update; none is made by it). */
  async update({ id, text, expectedVersion }: Update): Promise<RecordingOutcome> {
    const judged = this.#judge(text);
    if (judged.kind !== "judged") return judged;
    if (judged.id !== id) return this.#refuse("id", "must be the id in the address");
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const current = await this.#options.store.read(id);
      if (current === undefined) return { kind: "not-there" };
      if (expectedVersion !== undefined && current.version !== expectedVersion) break;
      if (current.alias !== aliasOf(this.#options.aliasKey, judged.facts.identityNumber)) {
        return this.#refuse("subject", "is another person than the one it was recorded for");
      }
      const place = { id, version: current.version + 1 };
      const recorded = await this.#store(place, text, judged.facts);
      if (recorded !== undefined) return recorded;
    }
    return { kind: "another-version" };
  }

  #judge(text: string): Judged | Refusal {
    const parsed = parseResource(text);
    if (parsed.kind === "refused") return { kind: "unreadable", detail: parsed.detail };
    const { resource } = parsed;
    const judgement = this.#options.kind.judge(resource);
    if (!judgement.acceptable) return { kind: "refused", faults: judgement.faults };
    const { id } = resource;
    return { kind: "judged", facts: judgement.facts, ...(typeof id === "string" && { id }) };
  }

  /** Nothing when another writer's version came first. */
  async #store(
    { id, version }: { id: string; version: number },
    text: string,
    facts: ResourceFacts,
  ): Promise<RecordingOutcome | undefined> {
    const { kind, identity, aliasKey, store, now } = this.#options;
    const change = kind.changeOf(facts.status, version === 1);
    if (change.kind === "refused") return this.#refuse("status", change.detail);
    const recordedAt = new Date(now()).toISOString();
    const alias = aliasOf(aliasKey, facts.identityNumber);
    const resource = withPlace(text, { id, version, recordedAt });
    const recorded: ResourceVersion = { id, version, alias, recordedAt, resource };
    const event = describeEvent(identity(), kind, {
      version: recorded,
      facts,
      change: change.change,
    });
    const outcome = await store.record(recorded, JSON.stringify(event));
    return outcome.kind === "recorded"
      ? { kind: "recorded", version: recorded, outboxSequence: outcome.outboxSequence }
      : undefined;
  }

  #refuse(element: string, detail: string): Refusal {
    const path = `${this.#options.kind.resourceType}.${element}`;
    return { kind: "refused", faults: [{ path, detail }] };
  }
}

type Place = Pick<ResourceVersion, "id" | "version" | "recordedAt">;

/** The resource's text with its id and version; other elements of meta stay. */
function withPlace(text: string, { id, version, recordedAt }: Place): string {
  const { resourceType, id: _given, meta, ...rest } = parseExactly(text);
  const kept = typeof meta === "object" && meta !== null ? meta : {};
  return JSON.stringify({
    resourceType,
    id,
    meta: { ...kept, versionId: String(version), lastUpdated: recordedAt },
    ...rest,
  });
}
