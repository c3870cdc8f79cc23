import { isGone, type CallOutcome } from "../client/call-outcome.ts";
import type { Subscription } from "../client/tenant-answers.ts";
import type { SubscriptionRequest } from "../client/tenant-api.ts";
import type { TenantParts } from "./tenant-parts.ts";

/** The subscription that the settings ask for. */
export function wantedSubscription({ settings, webhookUrl }: TenantParts): SubscriptionRequest {
  return {
    topics: settings.topics,
    delivery: settings.delivery === "feed" ? { way: "feed" } : { way: "webhook", url: webhookUrl },
  };
}

/** The one that we have, or a new one in the place of one that is gone or other than wanted. */
export async function ensureSubscription(parts: TenantParts): Promise<CallOutcome<string>> {
  const { api, tenants, settings } = parts;
  const stored = tenants.subscription(settings.controller);
  if (stored === undefined) return subscribe(parts);
  if (stored.request !== JSON.stringify(wantedSubscription(parts))) {
    const ended = await api.endSubscription(stored.id);
    return ended.kind === "ok" ? subscribe(parts) : ended;
  }
  const found = await api.subscription(stored.id);
  const ended = found.kind === "ok" ? found.value.state === "ended" : isGone(found);
  if (ended) return subscribe(parts);
  return found.kind === "ok" ? { kind: "ok", value: stored.id } : found;
}

async function subscribe(parts: TenantParts): Promise<CallOutcome<string>> {
  const { api, tenants, settings } = parts;
  const wanted = wantedSubscription(parts);
  if (wanted.delivery.way === "webhook") {
    const cleared = await endForgotten(parts);
    if (cleared.kind !== "ok") return cleared;
  }
  const made = await api.subscribe(wanted);
  if (made.kind !== "ok") return made;
  const { id, delivery } = made.value;
  const request = JSON.stringify(wanted);
  tenants.saveSubscription(settings.controller, { id, request, secret: delivery.secret });
  return { kind: "ok", value: id };
}

/** A webhook whose secret a crash kept us from storing can only be ended. */
async function endForgotten({ api, webhookUrl }: TenantParts): Promise<CallOutcome<undefined>> {
  const listed = await api.subscriptions();
  if (listed.kind !== "ok") return listed;
  const forgotten = ({ state, delivery }: Subscription): boolean =>
    state !== "ended" && delivery.url === webhookUrl;
  for (const { id } of listed.value.filter(forgotten)) {
    const ended = await api.endSubscription(id);
    if (ended.kind !== "ok") return ended;
  }
  return { kind: "ok", value: undefined };
}
