import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BatchMessage, MAX_BATCH_MESSAGES, publishAtomically } from "#broker/log/atomic-batch";
import type { NatsServer } from "#broker/server/start-nats-server";
import { startTestNats, uniqueName } from "../support/nats.ts";

let server: NatsServer;
let connection: NatsConnection;
let manager: JetStreamManager;
beforeAll(async () => {
  server = await startTestNats();
  connection = await connect({ servers: server.url });
  manager = await jetstreamManager(connection);
});
afterAll(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
});

/** A stream of the test's own; gives its name, which is also how its subjects begin. */
async function newStream(
  settings: { max_msgs?: number; allow_atomic?: boolean } = {},
): Promise<string> {
  const name = uniqueName("S");
  await manager.streams.add({
    name,
    subjects: [`${name}.>`],
    allow_atomic: true,
    allow_direct: true,
    ...settings,
  });
  return name;
}

function message(subject: string, text: string, more: Partial<BatchMessage> = {}): BatchMessage {
  return { subject, data: new TextEncoder().encode(text), ...more };
}

async function stored(name: string): Promise<string[]> {
  const { state } = await manager.streams.info(name);
  if (state.messages === 0) return [];
  const texts: string[] = [];
  for await (const each of await manager.direct.getBatch(name, { seq: 1, batch: 5000 }))
    texts.push(`${each.seq} ${each.subject.slice(name.length + 1)} ${each.string()}`);
  return texts;
}

test("one message is committed, with its sequence", async () => {
  const name = await newStream();
  expect(await publishAtomically(connection, [message(`${name}.a`, "x")])).toEqual({
    kind: "committed",
    sequence: 1,
  });
  expect(await stored(name)).toEqual(["1 a x"]);
});

test("several are committed in order, with the sequence of the last", async () => {
  const name = await newStream();
  await publishAtomically(connection, [message(`${name}.a`, "w")]);
  const batch = ["x", "y", "z"].map((text) => message(`${name}.${text}`, text));
  expect(await publishAtomically(connection, batch)).toEqual({ kind: "committed", sequence: 4 });
  expect(await stored(name)).toEqual(["1 a w", "2 x x", "3 y y", "4 z z"]);
});

test("as many as a batch may hold are committed at once", async () => {
  const name = await newStream();
  const batch = Array.from({ length: MAX_BATCH_MESSAGES }, (_, index) =>
    message(`${name}.a`, String(index)),
  );
  expect(await publishAtomically(connection, batch)).toEqual({ kind: "committed", sequence: 1000 });
  expect(await stored(name)).toHaveLength(1000);
});

test("none, or more than a batch may hold, is refused before anything is sent", async () => {
  const name = await newStream();
  await expect(publishAtomically(connection, [])).rejects.toThrow(
    new TypeError("An atomic batch holds at least one message"),
  );
  const many = Array.from({ length: MAX_BATCH_MESSAGES + 1 }, () => message(`${name}.a`, "x"));
  await expect(publishAtomically(connection, many)).rejects.toThrow(
    new TypeError("An atomic batch holds at most 1000 messages"),
  );
  expect(await stored(name)).toEqual([]);
});

test("an expectation that holds commits; one that does not has lost the race, and nothing is stored", async () => {
  const name = await newStream();
  const first = message(`${name}.rec`, "1", { expectLast: 0 });
  expect(await publishAtomically(connection, [first])).toMatchObject({ kind: "committed" });
  expect(await publishAtomically(connection, [first])).toEqual({ kind: "lost-race" });
  const batch = (expectLast: number): BatchMessage[] => [
    message(`${name}.d`, "2"),
    message(`${name}.rec`, "3", { expectLast }),
  ];
  expect(await publishAtomically(connection, batch(0))).toEqual({ kind: "lost-race" });
  expect(await stored(name)).toEqual(["1 rec 1"]);
  expect(await publishAtomically(connection, batch(1))).toEqual({ kind: "committed", sequence: 3 });
});

test("an expectation of any message in the batch counts, not only of the last", async () => {
  const name = await newStream();
  await publishAtomically(connection, [message(`${name}.a`, "1")]);
  const batch = [
    message(`${name}.a`, "2", { expectLast: 0 }),
    message(`${name}.b`, "3", { expectLast: 0 }),
  ];
  expect(await publishAtomically(connection, batch)).toEqual({ kind: "lost-race" });
  expect(await stored(name)).toEqual(["1 a 1"]);
});

test("of many who race for one subject exactly one wins each round", async () => {
  const name = await newStream();
  for (let round = 0; round < 20; round += 1) {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, racer) =>
        publishAtomically(connection, [
          message(`${name}.d`, `${round} ${racer}`),
          message(`${name}.rec`, `${round} ${racer}`, { expectLast: 2 * round }),
        ]),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === "committed")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "lost-race")).toHaveLength(7);
  }
  expect(await stored(name)).toHaveLength(40);
});

test("what the server refuses is told with its code and words, and nothing is stored", async () => {
  const name = await newStream();
  const withId = (text: string): BatchMessage =>
    message(`${name}.a`, text, { headers: { "Nats-Msg-Id": "same" } });
  expect(await publishAtomically(connection, [withId("1")])).toMatchObject({ kind: "committed" });
  expect(await publishAtomically(connection, [message(`${name}.b`, "2"), withId("3")])).toEqual({
    kind: "refused",
    code: 10201,
    description: "atomic publish batch contains duplicate message id",
  });
  const small = await newStream({ allow_atomic: false });
  const outcome = await publishAtomically(connection, [
    message(`${small}.a`, "1"),
    message(`${small}.a`, "2"),
  ]);
  expect(outcome).toEqual({
    kind: "refused",
    code: 10174,
    description: "atomic publish is disabled",
  });
  expect(await stored(name)).toEqual(["1 a 1"]);
  expect(await stored(small)).toEqual([]);
});

test("without a stream to take it the outcome is not known", async () => {
  expect(await publishAtomically(connection, [message(uniqueName("nobody"), "x")])).toMatchObject({
    kind: "unknown",
  });
});
