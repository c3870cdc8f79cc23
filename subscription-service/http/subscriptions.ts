import { type Static, Type } from "typebox";
import type { Subscription } from "#decision/policy-objects";
import { policySubject } from "#schemas/subject";
import type { Api } from "./api.ts";
import {
  InForce,
  SubscriptionAnswer,
  SubscriptionBody,
  SubscriptionParams,
  TenantParams,
} from "./bodies.ts";
import { changeBy } from "./change.ts";
import { createSubscription } from "./create-subscription.ts";
import { describeSubscription, ownSubscription } from "./own-subscription.ts";
import { type Acting, requireRole } from "./roles.ts";
import type { EndpointRules } from "./webhook-endpoint.ts";

type Params = Static<typeof SubscriptionParams>;
type TenantOnly = Static<typeof TenantParams>;

const SubscriptionList = Type.Object({ subscriptions: Type.Array(SubscriptionAnswer) });

/** A consumer's own subscriptions. */
export function registerSubscriptions(api: Api, rules: EndpointRules): void {
  registerMakingAndEnding(api, rules);
  registerResuming(api);
  registerReading(api);
}

function registerMakingAndEnding({ app, acting, now }: Api, rules: EndpointRules): void {
  app.post<{ Params: TenantOnly; Body: Static<typeof SubscriptionBody> }>(
    "/subscriptions",
    {
      schema: {
        params: TenantParams,
        body: SubscriptionBody,
        response: { 201: SubscriptionAnswer },
      },
    },
    async (request, reply) => {
      const who = acting(request);
      requireRole(who, "subscribe");
      return reply
        .code(201)
        .send(await createSubscription(who, request.body, { rules, now: now() }));
    },
  );

  app.delete<{ Params: Params }>(
    "/subscriptions/:id",
    { schema: { params: SubscriptionParams, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      const { id } = request.params;
      const { policy, policyLog } = who.tenant;
      const subject = policySubject("subscription", id);
      return policyLog.update(() => {
        const value: Subscription = {
          ...ownSubscription(who, id),
          state: "ended",
          change: changeBy(who, now()),
        };
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );
}

/** A webhook that was paused is called again, from the first notification that it has not taken. */
function registerResuming({ app, acting }: Api): void {
  app.post<{ Params: Params }>(
    "/subscriptions/:id/resume",
    { schema: { params: SubscriptionParams, response: { 200: SubscriptionAnswer } } },
    async (request) => {
      const who = acting(request);
      const { id } = request.params;
      ownSubscription(who, id);
      await who.tenant.webhooks.resume(id);
      return describe(who, id, ownSubscription(who, id));
    },
  );
}

function describe(
  who: Acting,
  id: string,
  subscription: Subscription,
): Static<typeof SubscriptionAnswer> {
  return describeSubscription(id, subscription, { paused: who.tenant.webhooks.pausedBecause(id) });
}

function registerReading({ app, acting }: Api): void {
  app.get<{ Params: TenantOnly }>(
    "/subscriptions",
    { schema: { params: TenantParams, response: { 200: SubscriptionList } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "subscribe");
      const own = [...who.tenant.policy.subscriptions()].filter(
        ([, { consumer }]) => consumer === who.caller.organisation,
      );
      return {
        subscriptions: own.map(([id, subscription]) => describe(who, id, subscription)),
      };
    },
  );

  app.get<{ Params: Params }>(
    "/subscriptions/:id",
    { schema: { params: SubscriptionParams, response: { 200: SubscriptionAnswer } } },
    async (request) => {
      const { id } = request.params;
      const who = acting(request);
      return describe(who, id, ownSubscription(who, id));
    },
  );
}
