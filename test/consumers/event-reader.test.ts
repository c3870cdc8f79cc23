import { describe, expect, test } from "vitest";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { temporaryFolder } from "./temporary-folder.ts";
import { feedOf, log, numbersOf, readerWith, take } from "./reading.ts";
import {
  lifecycle,
  newId,
  pageOf,
  startScriptedServer,
  TENANT,
  type Call,
  type Reply,
} from "./scripted-tenant.ts";

describe("one feed", () => {
  test("is read over many pages, in order, with a proof for each request", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const events = log(subscription, 450);
    await using server = await startScriptedServer((call) => pageOf(events, call));
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    reader.add(await feedOf(server, subscription));
    const received = await take(reader, 450);
    expect(numbersOf(received)).toEqual(events.map(({ eventnumber }) => Number(eventnumber)));
    expect(received[0]).toMatchObject({ tenant: TENANT, subscription });
    expect(received[0]?.event.id).toBe(events[0]?.["id"]);
    const proofs = server.calls.map(({ headers }) => headers["dpop"]);
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(server.calls[0]?.headers.authorization).toBe("DPoP a-token");
  });

  test("goes on after a restart where the application was, not where the reader was", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const events = log(subscription, 5);
    await using server = await startScriptedServer((call) => pageOf(events, call));
    const feed = await feedOf(server, subscription);
    {
      await using cursors = openCursorStore(folder.at("cursors"));
      const reader = readerWith({ cursors });
      reader.add(feed);
      const handled: number[] = [];
      const crash = async (): Promise<void> => {
        for await (const { event } of reader) {
          if (event["eventnumber"] === "3") throw new Error("the application fails");
          handled.push(Number(event["eventnumber"]));
        }
      };
      await expect(crash()).rejects.toThrow("the application fails");
      expect(handled).toEqual([1, 2]);
    }
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    reader.add(feed);
    expect(numbersOf(await take(reader, 3))).toEqual([3, 4, 5]);
  });

  test("that repeats events hands each over once", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const [first, second, third] = log(subscription, 3);
    const events = [first, first, second, first, second, third];
    await using server = await startScriptedServer((call) => pageOf(events, call));
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    reader.add(await feedOf(server, subscription));
    expect(numbersOf(await take(reader, 3))).toEqual([1, 2, 3]);
  });

  test("with a hole in its numbers raises an alarm and goes on", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const events = log(subscription, 6).toSpliced(1, 2);
    await using server = await startScriptedServer((call) => pageOf(events, call));
    await using cursors = openCursorStore(folder.at("cursors"));
    const gaps: unknown[] = [];
    const reader = readerWith({ cursors, onGap: (gap) => gaps.push(gap) });
    reader.add(await feedOf(server, subscription));
    expect(numbersOf(await take(reader, 4))).toEqual([1, 4, 5, 6]);
    expect(gaps).toEqual([{ tenant: TENANT, subscription, from: 2, to: 3 }]);
  });

  test("with a withdrawn number has no hole", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const events = log(subscription, 3);
    const withdrawn = lifecycle(subscription, "notification.withdrawn", { eventnumber: "2" });
    events.splice(1, 1, withdrawn);
    await using server = await startScriptedServer((call) => pageOf(events, call));
    await using cursors = openCursorStore(folder.at("cursors"));
    const reader = readerWith({ cursors });
    reader.add(await feedOf(server, subscription));
    const received = await take(reader, 3);
    expect(received.map(({ event }) => event.type)).toEqual([
      events[0]?.["type"],
      withdrawn["type"],
      events[2]?.["type"],
    ]);
  });

  test("whose last number does not come raises an alarm when it has been patient", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const [first] = log(subscription, 1);
    await using server = await startScriptedServer((call) => {
      const page = pageOf([first], call);
      return { status: 200, body: { ...Object(page.body), last: "4" } };
    });
    await using cursors = openCursorStore(folder.at("cursors"));
    let now = 0;
    const gaps: unknown[] = [];
    const reader = readerWith({
      cursors,
      onGap: ({ from, to }) => gaps.push({ from, to, now }),
      now: () => now,
      pause: async () => {
        now += 10_000;
        if (now === 200_000) void reader.close();
      },
    });
    reader.add(await feedOf(server, subscription));
    await take(reader, 2);
    expect(gaps).toEqual([{ from: 2, to: 4, now: 60_000 }]);
  });

  test.each([
    ["holds what the contract does not know", { note: "glucose 14.2" }, "#"],
    ["is of another subscription", { subscription: "b".repeat(32) }, "#/subscription"],
    ["is of another controller", { source: "urn:no:orgnr:213456024:dho" }, "#/source"],
    ["has a type that nobody knows", { type: "no.hendelsesstrom.x.made.v1" }, "#/type"],
  ])("reports an event that %s, whole, and goes on", async (_, overrides, pointer) => {
    using folder = temporaryFolder();
    const subscription = newId();
    const events = log(subscription, 3);
    events[1] = { ...events[1], ...overrides };
    await using server = await startScriptedServer((call) => pageOf(events, call));
    await using cursors = openCursorStore(folder.at("cursors"));
    const unreadable: unknown[] = [];
    const reader = readerWith({ cursors, onUnreadable: (one) => void unreadable.push(one) });
    reader.add(await feedOf(server, subscription));
    expect(numbersOf(await take(reader, 2))).toEqual([1, 3]);
    expect(unreadable).toMatchObject([{ tenant: TENANT, raw: events[1], faults: [{ pointer }] }]);
  });

  test("is not moved past an unreadable event that could not be kept", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    await using server = await startScriptedServer((call) => pageOf(["nonsense"], call));
    const feed = await feedOf(server, subscription);
    for (const attempt of [1, 2]) {
      await using cursors = openCursorStore(folder.at("cursors"));
      const reader = readerWith({
        cursors,
        onUnreadable: () => {
          throw new Error(`the disk is full, attempt ${attempt}`);
        },
      });
      reader.add(feed);
      await expect(take(reader, 1)).rejects.toThrow(`the disk is full, attempt ${attempt}`);
    }
  });

  test("that has ended is left, and said to have", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    await using server = await startScriptedServer(() => ({ status: 404 }));
    await using cursors = openCursorStore(folder.at("cursors"));
    const trouble = Promise.withResolvers<unknown>();
    await using reader = readerWith({ cursors, onTrouble: trouble.resolve });
    reader.add(await feedOf(server, subscription));
    expect(await trouble.promise).toEqual({
      tenant: TENANT,
      subscription,
      kind: "ended",
      reason: "status 404",
    });
    expect(server.calls).toHaveLength(1);
  });

  test("whose log was made anew is read again from the start", async () => {
    using folder = temporaryFolder();
    const subscription = newId();
    const [first, second] = log(subscription, 2);
    const script = (call: Call): Reply =>
      call.query.get("after") === "epoch.1"
        ? {
            status: 409,
            body: {
              type: "https://hendelsesstrom.example/problems/conflict",
              title: "",
              status: 409,
            },
          }
        : call.query.has("after")
          ? pageOf([second], call)
          : { status: 200, body: { events: [first], cursor: "epoch.1", last: "1" } };
    await using server = await startScriptedServer(script);
    await using cursors = openCursorStore(folder.at("cursors"));
    const troubles: unknown[] = [];
    const reader = readerWith({ cursors, onTrouble: (trouble) => troubles.push(trouble) });
    reader.add(await feedOf(server, subscription));
    expect(numbersOf(await take(reader, 2))).toEqual([1, 1]);
    expect(troubles).toMatchObject([{ kind: "restarted", reason: "409 conflict" }]);
  });
});
