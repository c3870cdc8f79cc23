import type { Static } from "typebox";
import type { Subscription } from "#decision/policy-objects";
import { Problem } from "#schemas/problem";
import type { SubscriptionAnswer } from "./bodies.ts";
import { type Acting, requireRole } from "./roles.ts";

/** The caller's own subscription, whatever its state. Another's does not exist, as far as it tells. */
export function ownSubscription(who: Acting, id: string): Subscription {
  requireRole(who, "subscribe");
  const subscription = who.tenant.policy.subscription(id);
  if (subscription?.consumer !== who.caller.organisation) throw new Problem("not-found");
  return subscription;
}

type Told = { readonly secret?: string | undefined; readonly paused?: string | undefined };

/** What its owner is told of a subscription; the secret only when it is made. */
export function describeSubscription(
  id: string,
  { topics, kinds, state, delivery }: Subscription,
  { secret, paused }: Told = {},
): Static<typeof SubscriptionAnswer> {
  return {
    id,
    topics,
    ...(kinds !== undefined && { kinds }),
    state,
    delivery: {
      way: delivery.way,
      ...(delivery.way === "webhook" && { url: delivery.url }),
      ...(secret !== undefined && { secret }),
      ...(paused !== undefined && { paused }),
    },
  };
}
