import type { TopicName } from "#schemas/event-types";
import type { Judgement } from "../fhir/judgement.ts";

/** What happened to a resource, or why it cannot be recorded so. */
export type Change =
  | { readonly kind: "change"; readonly change: string }
  | { readonly kind: "refused"; readonly detail: string };

/** What tells one source from another: which resources it takes, and what their events are called. */
export type ResourceKind = {
  readonly name: string;
  readonly topic: TopicName;
  readonly resourceType: string;
  readonly judge: (resource: unknown) => Judgement;
  /** The change that a version's status means; `isNew` for the first version. */
  readonly changeOf: (status: string, isNew: boolean) => Change;
};
