import type { ChainHead, DisclosureLink } from "./disclosure-chain.ts";

/** A version of a resource, as it was recorded. */
export type ResourceVersion = {
  readonly id: string;
  /** 1, 2, 3, …: `meta.versionId`. */
  readonly version: number;
  /** The patient, by alias. */
  readonly alias: string;
  /** RFC 3339, UTC. */
  readonly recordedAt: string;
  /** The FHIR resource as JSON text. */
  readonly resource: string;
};

/** An event that waits to be published, as JSON text. */
export type OutboxEntry = {
  readonly sequence: number;
  readonly alias: string;
  readonly event: string;
};

export type RecordOutcome =
  | { readonly kind: "recorded"; readonly outboxSequence: number }
  /** Somebody else's version came first, or one before it is missing. Nothing was written. */
  | { readonly kind: "not-next" };

/** How much a search may give. */
export type SearchLimits = { readonly resources: number; readonly bytes: number };

export type Found = {
  /** How many there are in all. */
  readonly total: number;
  /** The newest of them, within the limits. */
  readonly resources: readonly ResourceVersion[];
};

/** All that a source keeps. Every method rejects when the database cannot do it; nothing is then half done. */
export interface SourceStore extends AsyncDisposable {
  /** Stores the next version of a resource and the event that tells of it, both or neither. */
  record(version: ResourceVersion, event: string): Promise<RecordOutcome>;
  /** The current version of a resource, or a given one. */
  read(id: string, version?: number): Promise<ResourceVersion | undefined>;
  /** The current versions of a patient's resources, the one recorded last first. */
  search(alias: string, limits: SearchLimits): Promise<Found>;

  /** Events not yet marked as sent, the oldest first. */
  unsent(limit: number): Promise<OutboxEntry[]>;
  markSent(sequences: readonly number[], at: string): Promise<void>;
  isSent(sequence: number): Promise<boolean>;

  /** Adds a record to the chain of disclosures; resolves when it is durable. */
  disclose(entry: string): Promise<ChainHead>;
  /** Links after a sequence, in order. */
  disclosures(after: number, limit: number): Promise<DisclosureLink[]>;
}
