import { describe, expect, test } from "vitest";
import { EMPTY_SERIES, type NumberSeries } from "#consumers-example/client/number-series";
import { takeIn } from "#consumers-example/client/take-in";
import { lifecycle, newId, notification, TENANT } from "./scripted-tenant.ts";

const subscription = newId();
const feed = { tenant: TENANT, subscription };
const five: NumberSeries = { last: 5, missing: [] };

describe("a message about the subscription itself", () => {
  test("without a number is taken, and takes no place", () => {
    const event = lifecycle(subscription, "subscription.started");
    expect(takeIn(event, feed, five)).toEqual({ kind: "event", event, series: five });
  });

  test("that numbers begin anew is believed", () => {
    const event = lifecycle(subscription, "subscription.reset", { eventnumber: "40" });
    expect(takeIn(event, feed, { last: 5, missing: [{ from: 2, to: 2 }] })).toEqual({
      kind: "event",
      event,
      series: { last: 40, missing: [] },
    });
  });

  test("that takes back a number received before is handed over each time", () => {
    const event = lifecycle(subscription, "notification.withdrawn", { eventnumber: "3" });
    expect(takeIn(event, feed, five)).toEqual({ kind: "event", event, series: five });
  });

  test.each([
    ["5", five, undefined],
    ["7", { last: 7, missing: [{ from: 6, to: 7 }] }, { from: 6, to: 7 }],
  ])(
    "a heartbeat with last number %s is compared with what was received",
    (eventnumber, series, gap) => {
      const event = lifecycle(subscription, "subscription.heartbeat", { eventnumber });
      expect(takeIn(event, feed, five)).toEqual({
        kind: "event",
        event,
        series,
        ...(gap && { gap }),
      });
    },
  );
});

test("what is unreadable keeps its place in the numbers, when it has one", () => {
  const raw = notification(subscription, 7, { extra: "attribute" });
  expect(takeIn(raw, feed, five)).toMatchObject({
    kind: "unreadable",
    raw,
    series: { last: 7, missing: [{ from: 6, to: 6 }] },
    gap: { from: 6, to: 6 },
  });
  expect(takeIn(raw, feed, { last: 7, missing: [] })).toMatchObject({ kind: "repeated" });
  for (const nothing of [null, "text", 7, [], {}, { eventnumber: "0" }, { eventnumber: 6 }]) {
    expect(takeIn(nothing, feed, EMPTY_SERIES)).toMatchObject({
      kind: "unreadable",
      series: EMPTY_SERIES,
    });
  }
});
