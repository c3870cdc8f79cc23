import type { TopicName } from "#schemas/event-types";
import type {
  Agreement,
  Block,
  CareRelationship,
  Subscription,
  Validity,
} from "./policy-objects.ts";
import { deny, type Verdict } from "./verdict.ts";

/** Who asks for what. A notification goes by a subscription; a lookup stands on its own. */
export type DecisionRequest = {
  readonly action: "notify" | "lookup";
  readonly consumer: string;
  readonly topic: TopicName;
};

/** What policy says about one consumer and one patient, gathered for one decision. */
export type PolicyFacts = {
  /** False when newer policy may exist that has not been applied. */
  readonly current: boolean;
  readonly agreement: Agreement | undefined;
  /** The patient's blocks, of all consumers. */
  readonly blocks: readonly Block[];
  /** The consumer's care relationships with the patient, by id. */
  readonly relationships: ReadonlyMap<string, Relationship>;
  /** For a notification: the subscription, and whether the patient is on its roster. */
  readonly subscription?: {
    readonly state: Subscription["state"];
    readonly topics: Subscription["topics"];
    readonly inRoster: boolean;
  };
};

/** What of a care relationship the decision reads. */
export type Relationship = Pick<CareRelationship, "class" | "validity" | "state">;

/** Whether a time (milliseconds since 1970) lies within a validity. */
export function isValidAt({ from, to }: Validity, now: number): boolean {
  return Date.parse(from) <= now && (to === undefined || now < Date.parse(to));
}

/**
 * Who may: the one decision, made at fan-out, at every hand-out and at lookup. The first
 * rule that refuses decides; what no rule can refuse rests on a care relationship.
 */
export function decide(request: DecisionRequest, facts: PolicyFacts, now: number): Verdict {
  if (!facts.current) return { effect: "hold", reason: "policy-not-current" };
  return (
    withoutAgreement(request, facts.agreement, now) ??
    againstBlock(request, facts.blocks) ??
    byRelationship(request, facts, now)
  );
}

function withoutAgreement(
  { topic }: DecisionRequest,
  agreement: Agreement | undefined,
  now: number,
): Verdict | undefined {
  if (agreement === undefined || agreement.state === "ended" || !isValidAt(agreement.validity, now))
    return deny("no-agreement");
  return agreement.topics.some((agreed) => agreed.topic === topic)
    ? undefined
    : deny("topic-not-agreed");
}

function againstBlock(
  { consumer, topic }: DecisionRequest,
  blocks: readonly Block[],
): Verdict | undefined {
  const stands = blocks.some(
    (block) =>
      block.state === "set" &&
      (block.topic === undefined || block.topic === topic) &&
      (block.scope.kind === "everyone" || block.scope.organisation === consumer),
  );
  return stands ? deny("blocked") : undefined;
}

function byRelationship(request: DecisionRequest, facts: PolicyFacts, now: number): Verdict {
  const accepted =
    facts.agreement?.topics.find(({ topic }) => topic === request.topic)?.accepts ?? [];
  for (const [relationship, { class: ofClass, state, validity }] of facts.relationships) {
    if (state === "active" && accepted.includes(ofClass) && isValidAt(validity, now)) {
      return withoutSubscription(request, facts.subscription) ?? { effect: "permit", relationship };
    }
  }
  return deny("no-relationship");
}

function withoutSubscription(
  { action, topic }: DecisionRequest,
  subscription: PolicyFacts["subscription"],
): Verdict | undefined {
  if (action === "lookup") return undefined;
  if (subscription?.state !== "active") return deny("subscription-inactive");
  if (!subscription.topics.includes(topic)) return deny("topic-not-subscribed");
  return subscription.inRoster ? undefined : deny("not-in-roster");
}
