import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { EventReader, Received } from "#consumers-example/client/event-reader";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { temporaryFolder } from "./temporary-folder.ts";
import { feedOf, log, numbersOf, readerWith } from "./reading.ts";
import { newId, pageOf, startScriptedServer, type Call, type Reply } from "./scripted-tenant.ts";

test("crashes anywhere lose nothing and keep the order of each subscription", async () => {
  const subscriptions = [newId(), newId()];
  const crashes = fc.array(fc.record({ after: fc.nat(12), cleanly: fc.boolean() }), {
    maxLength: 6,
  });
  const lengths = fc.tuple(fc.nat(25), fc.nat(25));
  await fc.assert(
    fc.asyncProperty(lengths, crashes, async ([first, second], stops) => {
      using folder = temporaryFolder();
      const logs = new Map([
        [subscriptions[0], log(subscriptions[0] ?? "", first)],
        [subscriptions[1], log(subscriptions[1] ?? "", second)],
      ]);
      await using server = await startScriptedServer((call) =>
        smallPageOf(logs.get(call.path.split("/").at(-2)) ?? [], call),
      );
      const handled: Received[] = [];
      for (const stop of [...stops, undefined]) {
        await using cursors = openCursorStore(folder.at("cursors"));
        const reader = readerWith({ cursors });
        for (const subscription of subscriptions) reader.add(await feedOf(server, subscription));
        await handleUntil(reader, { handled, stop, total: first + second });
      }
      for (const subscription of subscriptions) {
        const numbers = numbersOf(handled.filter((one) => one.subscription === subscription));
        const expected = logs.get(subscription)?.map((_, index) => index + 1);
        expect(withoutRepeats(numbers)).toEqual(expected);
      }
      // at most the one event that was being handled comes again
      expect(handled.length).toBeLessThanOrEqual(first + second + stops.length);
    }),
    { numRuns: 25 },
  );
}, 30_000);

type Stop = { readonly after: number; readonly cleanly: boolean };

/** Handles so many more, then crashes: before the position is kept, or after the next was asked for. */
async function handleUntil(
  reader: EventReader,
  { handled, stop, total }: { handled: Received[]; stop: Stop | undefined; total: number },
): Promise<void> {
  let left = stop?.after ?? Number.POSITIVE_INFINITY;
  const distinct = () => new Set(handled.map(({ event }) => event.id)).size;
  if (distinct() === total) return reader.close();
  for await (const received of reader) {
    if (left === 0 && stop?.cleanly === true) return;
    handled.push(received);
    if (left === 0) return; // handled, but its position was never kept
    left -= 1;
    if (distinct() === total) void reader.close();
  }
}

function smallPageOf(events: readonly unknown[], call: Call): Reply {
  call.query.set("limit", "4");
  return pageOf(events, call);
}

/** Drops numbers that have been there; order is left as it is. */
function withoutRepeats(numbers: readonly number[]): number[] {
  return numbers.filter((number, index) => numbers.indexOf(number) === index);
}
