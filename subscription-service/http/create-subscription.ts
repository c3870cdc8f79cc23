import { randomBytes } from "node:crypto";
import type { Static } from "typebox";
import type { Delivery, Subscription } from "#decision/policy-objects";
import { TOPICS } from "#schemas/event-types";
import { toLetters } from "#schemas/letters";
import { Problem } from "#schemas/problem";
import { sealEntry } from "#schemas/sealed-entry";
import { policySubject } from "#schemas/subject";
import { newWebhookSecret } from "#schemas/webhook-signature";
import type { SubscriptionAnswer, SubscriptionBody } from "./bodies.ts";
import { changeBy } from "./change.ts";
import { describeSubscription } from "./own-subscription.ts";
import type { Acting } from "./roles.ts";
import { parseEndpoint, type EndpointRules } from "./webhook-endpoint.ts";

const ID_BYTES = 16;

/** One for each system and topic, and some: more are a loop gone wrong, and each costs every event. */
const MAX_SUBSCRIPTIONS = 100;

type Body = Static<typeof SubscriptionBody>;

/**
 * Makes a subscription. One with a webhook starts as pending: its events flow once the endpoint,
 * which by then knows the secret, has taken the signed validation event.
 */
export async function createSubscription(
  who: Acting,
  { delivery: asked, ...rest }: Body,
  { rules, now }: { rules: EndpointRules; now: number },
): Promise<Static<typeof SubscriptionAnswer>> {
  requireKindsOfTopics(rest);
  requireRoom(who);
  const id = toLetters(randomBytes(ID_BYTES));
  const { delivery, secret } = deliveryOf(asked, { id, rules, tableKey: who.tenant.keys.table });
  const value: Subscription = {
    ...rest,
    consumer: who.caller.organisation,
    delivery,
    state: delivery.way === "feed" ? "active" : "pending",
    change: changeBy(who, now),
  };
  const subject = policySubject("subscription", id);
  await who.tenant.policyLog.update(() => [{ subject, value, expectLast: 0 }]);
  return describeSubscription(id, value, { secret });
}

/** A kind that no topic has would be waited for in vain, and nobody would see why. */
function requireKindsOfTopics({ topics, kinds = [] }: Pick<Body, "topics" | "kinds">): void {
  const known: readonly string[] = topics.flatMap((topic) => TOPICS[topic].kinds);
  const errors = [...kinds.entries()]
    .filter(([, kind]) => !known.includes(kind))
    .map(([index]) => ({
      pointer: `#/kinds/${index}`,
      detail: `must be one of: ${known.join(", ")}`,
    }));
  if (errors.length > 0) throw new Problem("invalid-request", { errors });
}

function requireRoom({ tenant, caller }: Acting): void {
  const own = [...tenant.policy.subscriptions()].filter(
    ([, { consumer, state }]) => consumer === caller.organisation && state !== "ended",
  );
  if (own.length < MAX_SUBSCRIPTIONS) return;
  throw new Problem("unprocessable", {
    detail: `an organisation has at most ${MAX_SUBSCRIPTIONS} subscriptions here; end one first`,
  });
}

type DeliveryOptions = { id: string; rules: EndpointRules; tableKey: Uint8Array };

function deliveryOf(
  asked: Body["delivery"],
  { id, rules, tableKey }: DeliveryOptions,
): { delivery: Delivery; secret?: string } {
  if (asked.way === "feed") return { delivery: { way: "feed" } };
  const url = parseEndpoint(asked.url, rules);
  const secret = newWebhookSecret();
  return {
    delivery: { way: "webhook", url, sealedSecret: sealEntry(tableKey, id, secret) },
    secret,
  };
}
