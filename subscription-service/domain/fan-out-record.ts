import { type Static, Type } from "typebox";
import * as attribute from "#schemas/attributes";
import { DENY_REASONS } from "#decision/verdict";
import { compileValidator } from "#schemas/strict-ajv";

const strict = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0 });

/**
 * How far fan-out has come: every event up to `event` is done, and of the one with the very next
 * sequence every subscription up to and including `after` (they are taken in the order of their ids).
 */
export const FanOutCursor = Type.Object(
  { event: count, after: Type.Optional(attribute.ownId) },
  strict,
);
export type FanOutCursor = Static<typeof FanOutCursor>;

/** Who was told of which event, under which number; or who was refused, and why. */
export const FanOutDecision = Type.Union([
  Type.Object(
    {
      event: count,
      subscription: attribute.ownId,
      consumer: attribute.organisation,
      effect: Type.Literal("permit"),
      number: count,
      relationship: Type.String(),
    },
    strict,
  ),
  Type.Object(
    {
      event: count,
      subscription: attribute.ownId,
      consumer: attribute.organisation,
      effect: Type.Literal("deny"),
      reason: Type.Enum([...DENY_REASONS]),
    },
    strict,
  ),
]);
export type FanOutDecision = Static<typeof FanOutDecision>;

/** An event that could not be fanned out; it stays in the log and is named here. */
export const SkippedEvent = Type.Object(
  { event: count, reason: Type.Enum(["unreadable", "foreign-source", "subject-mismatch"]) },
  strict,
);
export type SkippedEvent = Static<typeof SkippedEvent>;

/** When the streams that a record rests on were made: a recreated one is recognised by it. */
export const StreamOrigins = Type.Object({ events: Type.String(), policy: Type.String() }, strict);
export type StreamOrigins = Static<typeof StreamOrigins>;

/** The record of one commit (docs/architecture.md, The commit): the one place that says what has been decided. */
export const FanOutRecord = Type.Object(
  {
    cursor: FanOutCursor,
    policyRev: count,
    /** The last number given, by subscription, for those that this commit gave numbers. */
    numbers: Type.Record(Type.String(), count),
    decisions: Type.Array(FanOutDecision),
    skipped: Type.Array(SkippedEvent),
    /** Hash over this record's account and the head before it. */
    auditHead: Type.String(),
    origins: StreamOrigins,
    at: attribute.time,
  },
  strict,
);
export type FanOutRecord = Static<typeof FanOutRecord>;

/** Everything that earlier records say, so that a writer need not read them all. */
export const Checkpoint = Type.Object(
  {
    recordSequence: count,
    cursor: FanOutCursor,
    policyRev: count,
    numbers: Type.Record(Type.String(), count),
    auditHead: Type.String(),
    origins: StreamOrigins,
  },
  strict,
);
export type Checkpoint = Static<typeof Checkpoint>;

export const validateFanOutRecord = compileValidator(FanOutRecord);
export const validateCheckpoint = compileValidator(Checkpoint);
