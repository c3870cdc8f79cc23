import { decide } from "#decision/decide";
import type { PolicyIndex } from "#decision/policy-index";
import { LIFECYCLE_TYPES, topicOf } from "#schemas/event-types";
import { handleOf, notificationIdOf } from "#schemas/handle";
import type { HandedOut, LifecycleEvent, Notification } from "#schemas/notification";
import { sealReference } from "#schemas/opaque-reference";
import type { TenantKeys } from "#schemas/tenant-keys";
import type { StoredNotification } from "./stored-notification.ts";

export type HandOutContext = {
  readonly policy: Pick<PolicyIndex, "facts" | "subscription">;
  /** False when newer policy may exist that this process has not applied. */
  readonly policyIsCurrent: boolean;
  readonly keys: TenantKeys;
  readonly now: number;
};

/** What may be handed out now in the place of a stored notification; `hold` means nothing, yet. */
export type HandOut =
  | { readonly kind: "event"; readonly event: HandedOut }
  | { readonly kind: "hold" };

/**
 * Decides again, as before every hand-out, and makes what this consumer may see. What
 * is forbidden by now appears as withdrawn, so that its number is accounted for.
 */
export function handOut(
  subscription: string,
  stored: StoredNotification,
  context: HandOutContext,
): HandOut {
  const consumer = context.policy.subscription(subscription)?.consumer;
  const topic = topicOf(stored.event.type);
  if (consumer === undefined || topic === undefined) return { kind: "hold" };
  const facts = {
    ...context.policy.facts(stored.patient, consumer, subscription),
    current: context.policyIsCurrent,
  };
  const verdict = decide({ action: "notify", consumer, topic }, facts, context.now);
  if (verdict.effect === "hold") return { kind: "hold" };
  const about = { subscription, consumer };
  const event =
    verdict.effect === "permit"
      ? render(stored, about, context.keys)
      : withdrawn(stored, about, context);
  return { kind: "event", event };
}

type About = { readonly subscription: string; readonly consumer: string };

function render(
  { number, patient, event }: StoredNotification,
  { subscription, consumer }: About,
  keys: TenantKeys,
): Notification {
  return {
    specversion: "1.0",
    id: notificationIdOf(keys.handle, event, { consumer }),
    source: event.source,
    type: event.type,
    subject: handleOf(keys.handle, patient, { consumer }),
    time: event.time,
    recordedtime: event.recordedtime,
    dataref: sealDataref(event.dataref, { consumer }, keys),
    dataversion: event.dataversion,
    eventnumber: String(number),
    subscription,
  };
}

function sealDataref(
  dataref: string,
  { consumer }: { consumer: string },
  keys: TenantKeys,
): string {
  const parts = dataref.split("/");
  const id = parts.pop() ?? "";
  const resourceType = parts.at(-1) ?? "";
  return [...parts, sealReference(keys.reference, { resourceType, id }, { consumer })].join("/");
}

function withdrawn(
  { number, event }: StoredNotification,
  { subscription, consumer }: About,
  { keys, now }: HandOutContext,
): LifecycleEvent {
  return {
    specversion: "1.0",
    id: notificationIdOf(
      keys.handle,
      { source: event.source, id: `${event.id} withdrawn` },
      { consumer },
    ),
    source: event.source,
    type: LIFECYCLE_TYPES.withdrawn,
    time: new Date(now).toISOString(),
    subscription,
    eventnumber: String(number),
  };
}
