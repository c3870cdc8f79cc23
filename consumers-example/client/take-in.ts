import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { isLifecycleEvent, validateLifecycleEvent } from "#schemas/notification";
import { validateNotification, type HandedOut } from "#schemas/notification";
import type { Fault, Validation } from "#schemas/strict-ajv";
import type { FeedName } from "./cursor-store.ts";
import { placeNumber, type NumberSeries, type Stretch } from "./number-series.ts";

/** What is to be done with something received. `series` and `gap` are as after it. */
export type Intake =
  | {
      readonly kind: "event";
      readonly event: HandedOut;
      readonly series: NumberSeries;
      readonly gap?: Stretch;
    }
  | {
      readonly kind: "unreadable";
      readonly raw: unknown;
      readonly faults: readonly Fault[];
      readonly series: NumberSeries;
      readonly gap?: Stretch;
    }
  | { readonly kind: "repeated"; readonly series: NumberSeries };

const LIFECYCLE = new Set<unknown>(Object.values(LIFECYCLE_TYPES));

/**
 * Judges something received on a subscription: whether it is what the contract says, from whom it
 * should be, and in its place in the number series. Nothing outside is trusted to be so.
 */
export function takeIn(raw: unknown, feed: FeedName, series: NumberSeries): Intake {
  const judged = judge(raw, feed);
  if (judged.valid) return takeEvent(judged.value, series);
  const number = numberOf(raw);
  if (number === undefined) return { kind: "unreadable", raw, faults: judged.faults, series };
  const placement = placeNumber(series, number);
  if (placement.kind === "repeated") return { kind: "repeated", series };
  return { kind: "unreadable", raw, faults: judged.faults, ...after(placement) };
}

function judge(raw: unknown, { tenant, subscription }: FeedName): Validation<HandedOut> {
  const lifecycle = LIFECYCLE.has(memberOf(raw, "type"));
  const judged: Validation<HandedOut> = lifecycle
    ? validateLifecycleEvent(raw)
    : validateNotification(raw);
  if (!judged.valid) return judged;
  if (judged.value.subscription !== subscription) return fault("#/subscription");
  return judged.value.source.split(":")[3] === tenant ? judged : fault("#/source");
}

function fault(pointer: string): Validation<never> {
  return { valid: false, faults: [{ pointer, detail: "is not the one that was subscribed to" }] };
}

function takeEvent(event: HandedOut, series: NumberSeries): Intake {
  const number = numberOf(event);
  if (number === undefined) return { kind: "event", event, series };
  if (event.type === LIFECYCLE_TYPES.reset) {
    return { kind: "event", event, series: { last: number, missing: [] } };
  }
  if (event.type === LIFECYCLE_TYPES.heartbeat) return takeHeartbeat(event, number, series);
  const placement = placeNumber(series, number);
  // a withdrawal may speak of a number that was received long ago
  if (placement.kind === "repeated" && !isLifecycleEvent(event))
    return { kind: "repeated", series };
  return { kind: "event", event, ...after(placement) };
}

/** A heartbeat's number is not its own: it says which was given last. */
function takeHeartbeat(event: HandedOut, number: number, series: NumberSeries): Intake {
  if (number <= series.last) return { kind: "event", event, series };
  const { series: jumped, gap } = placeNumber(series, number + 1);
  return {
    kind: "event",
    event,
    series: { last: number, missing: jumped.missing },
    ...(gap !== undefined && { gap }),
  };
}

function after({ series, gap }: { series: NumberSeries; gap?: Stretch }): {
  series: NumberSeries;
  gap?: Stretch;
} {
  return { series, ...(gap !== undefined && { gap }) };
}

function numberOf(raw: unknown): number | undefined {
  const text = memberOf(raw, "eventnumber");
  return typeof text === "string" && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

function memberOf(raw: unknown, name: string): unknown {
  return typeof raw === "object" && raw !== null ? Reflect.get(raw, name) : undefined;
}
