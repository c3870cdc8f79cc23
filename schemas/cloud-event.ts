import { CloudEvent } from "cloudevents";
import type { HandedOut } from "./notification.ts";

/**
 * The one file that knows the CloudEvents SDK. Its class is what our libraries' users hold in their
 * hands; it never parses what comes from outside (it invents missing ids and times).
 */
export type { CloudEvent } from "cloudevents";

/** A handed-out event, already validated, as the SDK's class. */
export function toCloudEvent(event: HandedOut): CloudEvent {
  return new CloudEvent({ ...event }, false);
}

/**
 * The attributes of the SDK's object, without the ones it leaves unset. Time is given in the
 * SDK's own form (milliseconds, UTC).
 */
export function fromCloudEvent(event: CloudEvent<unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event.toJSON()).filter(([, value]) => value !== undefined),
  );
}
