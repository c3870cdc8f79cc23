import { describe, expect, test } from "vitest";
import type { Received } from "#consumers-example/client/event-reader";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { temporaryFolder } from "./temporary-folder.ts";
import { feedOf, log, numbersOf, readerWith, take } from "./reading.ts";
import { newId, pageOf, startScriptedServer } from "./scripted-tenant.ts";

const OTHER_TENANT = "213456024";

describe("many feeds", () => {
  test("are one stream; a tenant that is away holds up nobody, and comes back", async () => {
    using folder = temporaryFolder();
    const [here, there] = [newId(), newId()];
    const hereLog = log(here, 20);
    const thereLog = log(there, 3, { source: `urn:no:orgnr:${OTHER_TENANT}:plan` });
    let away = true;
    await using near = await startScriptedServer((call) => pageOf(hereLog, call));
    await using far = await startScriptedServer((call) =>
      away ? { status: 503, headers: { "retry-after": "1" } } : pageOf(thereLog, call),
    );
    await using cursors = openCursorStore(folder.at("cursors"));
    const waits: number[] = [];
    const troubles: unknown[] = [];
    const firstTrouble = Promise.withResolvers<void>();
    const reader = readerWith({
      cursors,
      random: () => 0,
      pause: async (milliseconds) => {
        if (milliseconds > 200) waits.push(milliseconds);
      },
      onTrouble: (trouble) => {
        troubles.push(trouble);
        firstTrouble.resolve();
      },
    });
    reader.add(await feedOf(near, here));
    reader.add(await feedOf(far, there, OTHER_TENANT));
    const received: Received[] = [];
    for await (const one of reader) {
      received.push(one);
      if (received.length === 20) {
        await firstTrouble.promise;
        away = false;
      }
      if (received.length === 23) void reader.close();
    }
    expect(numbersOf(received.slice(0, 20))).toEqual(hereLog.map((_, index) => index + 1));
    expect(numbersOf(received.slice(20))).toEqual([1, 2, 3]);
    expect(waits[0]).toBe(1000); // asked for by the service
    expect(troubles[0]).toMatchObject({ tenant: OTHER_TENANT, kind: "away", reason: "status 503" });
    expect(troubles.at(-1)).toMatchObject({ tenant: OTHER_TENANT, kind: "back" });
  });

  test("wait longer after each failure, and begin anew after a success", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const statuses = [500, 500, 200];
    await using server = await startScriptedServer((call) =>
      statuses.shift() === 200 ? pageOf(log(subscription, 1), call) : { status: 500 },
    );
    await using cursors = openCursorStore(folder.at("cursors"));
    const waits: number[] = [];
    const reader = readerWith({
      cursors,
      random: () => 0,
      onTrouble: (trouble) => {
        if ("retryInMs" in trouble) waits.push(trouble.retryInMs);
        if (waits.length === 4) void reader.close();
      },
    });
    reader.add(await feedOf(server, subscription));
    await take(reader, 10);
    expect(waits).toEqual([250, 500, 250, 500]);
  });

  test("take turns, however much one has", async () => {
    using folder = temporaryFolder();
    const [much, little] = [newId(), newId()];
    const logs = new Map([
      [much, log(much, 200)],
      [little, log(little, 3)],
    ]);
    await using server = await startScriptedServer((call) =>
      pageOf(logs.get(call.path.split("/").at(-2) ?? "") ?? [], call),
    );
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    const arrived = Promise.withResolvers<void>();
    const small = await feedOf(server, little);
    reader.add(await feedOf(server, much));
    reader.add({
      ...small,
      read: async (...request) => {
        const outcome = await small.read(...request);
        setImmediate(arrived.resolve);
        return outcome;
      },
    });
    const received: string[] = [];
    for await (const { subscription } of reader) {
      received.push(subscription);
      await arrived.promise;
      if (received.length === 7) void reader.close();
    }
    expect(received.filter((one) => one === little)).toHaveLength(3);
  });

  test("stop at once, with a request under way, and leave nothing behind", async () => {
    using folder = temporaryFolder();
    const asked = Promise.withResolvers<void>();
    await using server = await startScriptedServer(() => {
      asked.resolve();
      return undefined;
    });
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    reader.add(await feedOf(server, newId()));
    const reading = take(reader, 1);
    await asked.promise;
    await reader.close();
    expect(await reading).toEqual([]);
    await expect(take(reader, 1)).rejects.toThrow("A reader is read once, by one loop");
  });
});
