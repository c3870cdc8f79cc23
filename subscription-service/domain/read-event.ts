import { topicOf } from "#schemas/event-types";
import { validateSourceEvent } from "#schemas/source-event";
import { parseEventSubject } from "#schemas/subject";
import type { IncomingEvent } from "./plan-fan-out.ts";

export type RawEvent = {
  readonly subject: string;
  readonly sequence: number;
  readonly text: string;
};

/** Reads an event of the tenant's log. Producers write there themselves: nothing in it is trusted. */
export function readEvent(
  { subject, sequence, text }: RawEvent,
  controller: string,
): IncomingEvent {
  const judged = validateSourceEvent(parseJson(text));
  if (!judged.valid) return { sequence, skip: "unreadable" };
  const event = judged.value;
  const place = parseEventSubject(subject);
  if (place?.topic !== topicOf(event.type) || place?.alias !== event.subject)
    return { sequence, skip: "subject-mismatch" };
  if (event.source.split(":")[3] !== controller) return { sequence, skip: "foreign-source" };
  return { sequence, event };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
