/**
 * A need that is shared by events: what may happen to its resources, and the coarse kinds that a
 * subscription may ask for (matched by the service, never handed out).
 */
export type Topic = {
  readonly name: string;
  /** FHIR R4 resource type that a lookup gives. */
  readonly resourceType: string;
  readonly changes: readonly string[];
  readonly kinds: readonly string[];
};
