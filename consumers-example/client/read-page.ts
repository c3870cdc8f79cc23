import type { FeedName, FeedPosition } from "./cursor-store.ts";
import type { NumberSeries } from "./number-series.ts";
import { takeIn, type Intake } from "./take-in.ts";
import type { FeedPage } from "./tenant-answers.ts";

/** Something that the application has to deal with, and the position once it has. */
export type FeedItem = {
  readonly intake: Exclude<Intake, { kind: "repeated" }>;
  readonly position: FeedPosition;
};

export type PageItems = {
  readonly items: readonly FeedItem[];
  /** The position when the whole page has been dealt with. */
  readonly end: FeedPosition;
};

/**
 * What of a page is new. The service's cursor names whole pages only: inside one the position keeps
 * the page's beginning, and the number series tells what was handled before a restart.
 */
export function readPage(page: FeedPage, feed: FeedName, start: FeedPosition): PageItems {
  let series: NumberSeries = start.series;
  const items: FeedItem[] = [];
  for (const raw of page.events) {
    const intake = takeIn(raw, feed, series);
    series = intake.series;
    if (intake.kind !== "repeated") {
      items.push({ intake, position: { cursor: start.cursor, series } });
    }
  }
  const end = { cursor: page.cursor, series };
  const last = items.pop();
  return { items: last === undefined ? [] : [...items, { ...last, position: end }], end };
}
