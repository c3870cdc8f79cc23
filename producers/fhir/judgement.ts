import type { ResourceFault } from "./resource-fault.ts";

/** What the source reads of an acceptable resource; the rest it only keeps. */
export type ResourceFacts = {
  readonly identityNumber: string;
  readonly status: string;
  /** The coarse kind, one of the topic's. */
  readonly kind: string;
  /** When it happened, where the resource says it to the second. */
  readonly occurredAt: string | undefined;
};

export type Judgement =
  | { readonly acceptable: true; readonly facts: ResourceFacts }
  | { readonly acceptable: false; readonly faults: readonly ResourceFault[] };
