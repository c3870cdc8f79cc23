import { LIFECYCLE_TYPES, topicOf } from "#schemas/event-types";
import type { Received } from "../client/event-reader.ts";
import type { Inbox } from "./inbox.ts";
import type { TenantStore } from "./tenant-store.ts";

export type EventStores = { readonly inbox: Inbox; readonly tenants: TenantStore };

/** Stores what was received; when it returns, a power cut does not lose it any more. */
export function receiveEvent(
  { tenant, subscription, event }: Received,
  { inbox, tenants }: EventStores,
): void {
  if (topicOf(event.type) !== undefined) {
    inbox.add({
      tenant,
      subscription,
      eventnumber: Number(event["eventnumber"]),
      eventId: event.id,
      type: event.type,
      handle: String(event.subject),
      time: String(event.time),
      recordedtime: String(event["recordedtime"]),
      dataref: String(event["dataref"]),
      dataversion: Number(event["dataversion"]),
    });
  } else if (event.type === LIFECYCLE_TYPES.withdrawn) {
    inbox.withdraw(subscription, Number(event["eventnumber"]));
  } else if (event.type !== LIFECYCLE_TYPES.heartbeat) {
    tenants.saveMessage(tenant, event.type);
  }
}
