import { expect } from "vitest";
import {
  EventReader,
  type EventReaderOptions,
  type Received,
} from "#consumers-example/client/event-reader";
import type { Feed } from "#consumers-example/client/feed";
import { TenantApi } from "#consumers-example/client/tenant-api";
import { notification, TENANT } from "./scripted-tenant.ts";
import { scriptedFetch } from "./scripted-fetch.ts";

export async function feedOf(
  server: { readonly url: string },
  subscription: string,
  tenant = TENANT,
): Promise<Feed> {
  const api = new TenantApi(await scriptedFetch(), { serviceUrl: server.url, controller: tenant });
  return api.feed(subscription);
}

/** A reader that fails the test on what it does not expect, and waits for nobody. */
export function readerWith(
  options: Partial<EventReaderOptions> & Pick<EventReaderOptions, "cursors">,
): EventReader {
  return new EventReader({
    onGap: (gap) => expect.fail(`unexpected gap ${gap.from}-${gap.to}`),
    onUnreadable: ({ faults }) => expect.fail(`unreadable: ${JSON.stringify(faults)}`),
    pause: async () => undefined,
    ...options,
  });
}

/** Reads so many events; the last of them counts as handled. */
export async function take(reader: EventReader, count: number): Promise<Received[]> {
  const received: Received[] = [];
  for await (const one of reader) {
    received.push(one);
    if (received.length === count) void reader.close();
  }
  return received;
}

export function numbersOf(received: readonly Received[]): number[] {
  return received.map(({ event }) => Number(event["eventnumber"]));
}

/** Notifications with the numbers from 1. */
export function log(
  subscription: string,
  count: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) =>
    notification(subscription, index + 1, overrides),
  );
}
