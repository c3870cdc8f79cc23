import { Type } from "typebox";
import * as attribute from "#schemas/attributes";
import {
  BlockScope,
  Reference,
  RelationshipClass,
  RosterBasis,
  SubscriptionState,
  TopicName,
  Validity,
} from "#decision/policy-objects";
import { TOPIC_NAMES } from "#schemas/event-types";
import { HandedOut } from "#schemas/notification";

/** The shapes that the API takes and gives. */
const strict = { additionalProperties: false } as const;

/** Persons in one snapshot: a large GP list and some more; larger ones go in several subscriptions. */
const MAX_SNAPSHOT_PERSONS = 10_000;

/** Ids that a caller chooses: no identity number, nothing that needs encoding in a path. */
const ChosenId = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,64}$",
  withoutIdentityNumber: true,
});

export const TenantParams = Type.Object({ tenant: attribute.organisation }, strict);
export const ConsumerParams = Type.Object(
  { tenant: attribute.organisation, consumer: attribute.organisation },
  strict,
);
export const ChosenParams = Type.Object({ tenant: attribute.organisation, id: ChosenId }, strict);
export const SubscriptionParams = Type.Object(
  { tenant: attribute.organisation, id: attribute.ownId },
  strict,
);
export const HandleParams = Type.Object(
  { tenant: attribute.organisation, id: attribute.ownId, handle: attribute.handle },
  strict,
);

export const InForce = Type.Object({
  revision: Type.Integer({ description: "The policy revision that is in force now" }),
});

const AgreedTopics = Type.Array(
  Type.Object(
    {
      topic: TopicName,
      accepts: Type.Array(RelationshipClass, { minItems: 1, maxItems: 3, uniqueItems: true }),
    },
    strict,
  ),
  {
    minItems: 1,
    maxItems: TOPIC_NAMES.length,
  },
);

export const AgreementBody = Type.Object(
  { topics: AgreedTopics, legalBasis: Reference, validity: Validity },
  strict,
);

export const AgreementAnswer = Type.Object({
  consumer: attribute.organisation,
  topics: AgreedTopics,
  legalBasis: Reference,
  validity: Validity,
  state: Type.Enum(["active", "ended"]),
});

export const CareRelationshipBody = Type.Object(
  {
    consumer: attribute.organisation,
    patient: attribute.identityNumber,
    class: RelationshipClass,
    validity: Validity,
    reference: Reference,
  },
  strict,
);

export const BlockBody = Type.Object(
  { patient: attribute.identityNumber, scope: BlockScope, topic: Type.Optional(TopicName) },
  strict,
);

const Kinds = Type.Array(Type.String({ pattern: "^[a-z][a-z-]{0,30}$" }), {
  minItems: 1,
  maxItems: 32,
  uniqueItems: true,
});
const Topics = Type.Array(TopicName, {
  minItems: 1,
  maxItems: TOPIC_NAMES.length,
  uniqueItems: true,
});

export const SubscriptionBody = Type.Object(
  {
    topics: Topics,
    kinds: Type.Optional(Kinds),
    delivery: Type.Union([
      Type.Object({ way: Type.Literal("feed") }, strict),
      Type.Object(
        {
          way: Type.Literal("webhook"),
          url: Type.String({ minLength: 1, maxLength: 2048, withoutIdentityNumber: true }),
        },
        strict,
      ),
    ]),
  },
  strict,
);

export const SubscriptionAnswer = Type.Object({
  id: attribute.ownId,
  topics: Topics,
  kinds: Type.Optional(Kinds),
  state: SubscriptionState,
  delivery: Type.Object({
    way: Type.Enum(["feed", "webhook"]),
    url: Type.Optional(Type.String()),
    secret: Type.Optional(
      Type.String({ description: "Shown once, when the subscription is made" }),
    ),
    paused: Type.Optional(
      Type.String({ description: "Why the webhook is not called any more, until it is resumed" }),
    ),
  }),
});

export const RosterPersonBody = Type.Object({ patient: attribute.identityNumber }, strict);
export const RosterPersonAnswer = Type.Object({
  handle: attribute.handle,
  revision: Type.Integer(),
});

export const RosterSnapshotBody = Type.Object(
  {
    patients: Type.Array(attribute.identityNumber, { maxItems: MAX_SNAPSHOT_PERSONS }),
    basis: Type.Optional(RosterBasis),
  },
  strict,
);
export const RosterSnapshotAnswer = Type.Object({
  handles: Type.Array(attribute.handle),
  revision: Type.Integer(),
});

/** Notifications in one answer. */
const MAX_FEED_EVENTS = 1000;

/** Long enough to spare polling, shorter than what intermediaries let a request last. */
const MAX_FEED_WAIT_SECONDS = 30;

export const FeedQuery = Type.Object(
  {
    after: Type.Optional(Type.String({ pattern: "^[a-z0-9]{1,16}\\.[0-9]{1,16}$" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_FEED_EVENTS })),
    wait: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_FEED_WAIT_SECONDS })),
  },
  strict,
);
export const FeedAnswer = Type.Object({
  events: Type.Array(HandedOut),
  cursor: Type.String({ description: "Give it back as `after` to go on from here" }),
  last: Type.String({ description: "The last number given in this subscription" }),
});
