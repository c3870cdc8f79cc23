import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";

/**
 * What the subscription service answers, as far as a consumer relies on it. Members that are not
 * named here may come and go.
 */
const id = Type.String({ minLength: 1, maxLength: 128 });
const topic = Type.String({ maxLength: 64 });

export const TenantInfo = Type.Object({
  controller: Type.String({ maxLength: 9 }),
  name: Type.String({ maxLength: 200 }),
  topics: Type.Array(
    Type.Object({
      topic,
      resourceType: Type.String({ maxLength: 64 }),
      /** The source's sharing API: its address, and its name in tokens. */
      source: Type.Object({
        url: Type.String({ maxLength: 500 }),
        audience: Type.String({ maxLength: 200 }),
      }),
    }),
    { maxItems: 100 },
  ),
});
export type TenantInfo = Static<typeof TenantInfo>;

export const Subscription = Type.Object({
  id,
  state: Type.String({ maxLength: 32 }),
  topics: Type.Array(topic),
  delivery: Type.Object({
    way: Type.String({ maxLength: 16 }),
    url: Type.Optional(Type.String({ maxLength: 2048 })),
    /** Shown once, when the subscription is made. */
    secret: Type.Optional(Type.String({ maxLength: 200 })),
  }),
});
export type Subscription = Static<typeof Subscription>;

export const FeedPage = Type.Object({
  /** Each is judged by itself, so that one that is unreadable does not hide the others. */
  events: Type.Array(Type.Unknown(), { maxItems: 1000 }),
  cursor: Type.String({ minLength: 1, maxLength: 512 }),
  /** The last number given in the subscription; 0 before the first. */
  last: Type.String({ pattern: "^[0-9]{1,10}$" }),
});
export type FeedPage = Static<typeof FeedPage>;

const Subscriptions = Type.Object({ subscriptions: Type.Array(Subscription) });

export const judgeTenantInfo = compileValidator(TenantInfo);
export const judgeSubscription = compileValidator(Subscription);
export const judgeSubscriptions = compileValidator(Subscriptions);
export const judgeFeedPage = compileValidator(FeedPage);
export const judgeHandle = compileValidator(Type.Object({ handle: id }));
export const judgeHandles = compileValidator(Type.Object({ handles: Type.Array(id) }));
export const judgeAnything = compileValidator(Type.Unknown());
