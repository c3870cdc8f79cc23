import { type Static, Type } from "typebox";
import { TOPIC_NAMES } from "#schemas/event-types";
import * as attribute from "#schemas/attributes";

/**
 * What policy says, as the log holds it: one message per object, a later one replaces the earlier.
 * An end is a state, never a deletion.
 */
const strict = { additionalProperties: false } as const;

/** How a care relationship is known: by the controller, by a register, or claimed. */
const RELATIONSHIP_CLASSES = ["source-recorded", "register", "asserted"] as const;
export const RelationshipClass = Type.Enum([...RELATIONSHIP_CLASSES]);
export type RelationshipClass = Static<typeof RelationshipClass>;

export const TopicName = Type.Enum([...TOPIC_NAMES]);

/** A stretch of time, from included to excluded; without an end it lasts. */
export const Validity = Type.Object(
  { from: attribute.time, to: Type.Optional(attribute.time) },
  strict,
);
export type Validity = Static<typeof Validity>;

/** Who changed policy, and when. */
const Change = Type.Object(
  { by: attribute.organisation, client: Type.String({ maxLength: 128 }), at: attribute.time },
  strict,
);

/** A free reference that the author can resolve: a decision, a referral, a contract. */
export const Reference = Type.String({ minLength: 1, maxLength: 120, withoutIdentityNumber: true });

/** Controller and consumer agree on the topics, and on which relationships count for each. */
export const Agreement = Type.Object(
  {
    consumer: attribute.organisation,
    topics: Type.Array(
      Type.Object(
        { topic: TopicName, accepts: Type.Array(RelationshipClass, { minItems: 1, maxItems: 3 }) },
        strict,
      ),
      {
        minItems: 1,
        maxItems: TOPIC_NAMES.length,
      },
    ),
    legalBasis: Reference,
    validity: Validity,
    state: Type.Enum(["active", "ended"]),
    change: Change,
  },
  strict,
);
export type Agreement = Static<typeof Agreement>;

/** Evidence that a consumer takes care of a patient. */
export const CareRelationship = Type.Object(
  {
    consumer: attribute.organisation,
    patient: attribute.ownId,
    class: RelationshipClass,
    validity: Validity,
    reference: Reference,
    state: Type.Enum(["active", "ended"]),
    change: Change,
  },
  strict,
);
export type CareRelationship = Static<typeof CareRelationship>;

/** Whom a patient blocks: everyone, or one organisation. */
export const BlockScope = Type.Union([
  Type.Object({ kind: Type.Literal("everyone") }, strict),
  Type.Object({ kind: Type.Literal("organisation"), organisation: attribute.organisation }, strict),
]);
export type BlockScope = Static<typeof BlockScope>;

/** A patient's block on sharing from this controller, for all topics or one. */
export const Block = Type.Object(
  {
    patient: attribute.ownId,
    scope: BlockScope,
    topic: Type.Optional(TopicName),
    state: Type.Enum(["set", "lifted"]),
    change: Change,
  },
  strict,
);
export type Block = Static<typeof Block>;

/** How a subscription's events go out. The webhook's secret is sealed under the tenant's key. */
export const Delivery = Type.Union([
  Type.Object({ way: Type.Literal("feed") }, strict),
  Type.Object(
    {
      way: Type.Literal("webhook"),
      url: Type.String({ maxLength: 2048 }),
      sealedSecret: Type.String({ maxLength: 512 }),
    },
    strict,
  ),
]);
export type Delivery = Static<typeof Delivery>;

export const SubscriptionState = Type.Enum(["pending", "active", "paused", "ended"]);

/** What a consumer asks to be told, about the persons of its roster. */
export const Subscription = Type.Object(
  {
    consumer: attribute.organisation,
    topics: Type.Array(TopicName, { minItems: 1, maxItems: TOPIC_NAMES.length, uniqueItems: true }),
    kinds: Type.Optional(Type.Array(Type.String({ maxLength: 31 }), { minItems: 1, maxItems: 32 })),
    delivery: Delivery,
    state: SubscriptionState,
    change: Change,
  },
  strict,
);
export type Subscription = Static<typeof Subscription>;

/** Persons per page: a page is one message, rewritten when a person comes or goes. */
export const ROSTER_PAGE_SIZE = 1000;

/** The ground for a whole page of a roster: each of its persons is then in a care relationship. */
export const RosterBasis = Type.Object(
  { class: RelationshipClass, validity: Validity, reference: Reference },
  strict,
);
export type RosterBasis = Static<typeof RosterBasis>;

/** A page of the list of persons that a subscription is about. */
export const RosterPage = Type.Object(
  {
    patients: Type.Array(attribute.ownId, { maxItems: ROSTER_PAGE_SIZE }),
    basis: Type.Optional(RosterBasis),
    change: Change,
  },
  strict,
);
export type RosterPage = Static<typeof RosterPage>;

/** An alias points to a patient; which one is sealed under the tenant's key. */
export const AliasEntry = Type.Object({ sealedPatient: Type.String({ maxLength: 256 }) }, strict);
export type AliasEntry = Static<typeof AliasEntry>;

export type PolicyChange = Static<typeof Change>;
