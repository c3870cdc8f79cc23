import { createHmac } from "node:crypto";
import { toLetters } from "./letters.ts";

const HANDLE_BYTES = 16;

/** Letters of a handle. */
export const HANDLE_PATTERN = "^[a-p]{32}$";

/** Whom a name is made for: one consumer organisation, by its organisation number. */
export type ForConsumer = { readonly consumer: string };

function nameFor(key: Uint8Array, kind: string, parts: string[]): string {
  const mac = createHmac("sha256", key)
    .update(JSON.stringify([kind, ...parts]))
    .digest();
  return toLetters(mac.subarray(0, HANDLE_BYTES));
}

/**
 * The patient's name towards one consumer organisation. Two consumers get different handles for
 * the same patient and cannot join what they were told.
 */
export function handleOf(
  handleKey: Uint8Array,
  patient: string,
  { consumer }: ForConsumer,
): string {
  return nameFor(handleKey, "patient", [consumer, patient]);
}

/** The event's id towards one consumer organisation; the same at every attempt and way out. */
export function notificationIdOf(
  handleKey: Uint8Array,
  event: { readonly source: string; readonly id: string },
  { consumer }: ForConsumer,
): string {
  return nameFor(handleKey, "event", [consumer, event.source, event.id]);
}
