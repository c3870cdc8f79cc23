import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  followLog,
  type FollowOptions,
  type LogFollower,
  type LogMessage,
} from "#broker/log/follow-log";
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

async function newStream(count: number): Promise<string> {
  const name = uniqueName("S");
  await manager.streams.add({ name, subjects: [`${name}.>`] });
  await write(name, count);
  return name;
}

async function write(name: string, count: number, on = "a"): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await jetstream(connection).publish(`${name}.${on}`, String(index));
}

type Following = {
  follower: LogFollower;
  seen: number[];
  failures: unknown[];
  failed: Promise<unknown>;
};

async function follow(stream: string, options: Partial<FollowOptions> = {}): Promise<Following> {
  const seen: number[] = [];
  const failures: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const follower = await followLog({
    connection,
    stream,
    subjects: `${stream}.>`,
    onMessage: ({ sequence }) => void seen.push(sequence),
    onFailure: (error) => {
      failures.push(error);
      resolve(error);
    },
    ...options,
  });
  onTestFinished(() => follower[Symbol.asyncDispose]());
  return { follower, seen, failures, failed: promise };
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe("from the start", () => {
  test("all that is there has been given when it resolves, and what comes is given after", async () => {
    const stream = await newStream(500);
    const { follower, seen } = await follow(stream);
    expect(seen).toEqual(upTo(500));
    expect(follower.applied).toBe(500);
    await write(stream, 20);
    expect(await follower.caughtUp(520, 5000)).toBe(true);
    expect(seen).toEqual(upTo(520));
    expect(await follower.head()).toBe(520);
  });

  test("an empty log is read at once, and one that was emptied too", async () => {
    const { follower, seen } = await follow(await newStream(0));
    expect([follower.applied, seen]).toEqual([0, []]);
    const emptied = await newStream(5);
    await manager.streams.purge(emptied);
    const after = await follow(emptied);
    expect([after.follower.applied, after.seen]).toEqual([5, []]);
    expect(await after.follower.caughtUp(5, 0)).toBe(true);
    await write(emptied, 1);
    expect(await after.follower.caughtUp(6, 5000)).toBe(true);
    expect(after.seen).toEqual([6]);
  });

  test("a message carries subject, place and content", async () => {
    const stream = await newStream(1);
    const messages: unknown[] = [];
    const onMessage = ({ data, ...rest }: LogMessage): void =>
      void messages.push({ ...rest, text: new TextDecoder().decode(data) });
    await follow(stream, { onMessage });
    expect(messages).toEqual([{ subject: `${stream}.a`, sequence: 1, text: "0" }]);
  });

  test("of some subjects only it resolves though the newest message is of another", async () => {
    const stream = await newStream(3);
    await write(stream, 2, "b");
    const { follower, seen } = await follow(stream, { subjects: `${stream}.a` });
    expect(seen).toEqual([1, 2, 3]);
    await write(stream, 1);
    expect(await follower.caughtUp(6, 5000)).toBe(true);
    const none = await follow(stream, { subjects: `${stream}.c` });
    expect(none.seen).toEqual([]);
  });

  test("of a log whose newest messages were deleted it resolves", async () => {
    const stream = await newStream(5);
    await manager.streams.deleteMessage(stream, 5);
    await manager.streams.deleteMessage(stream, 2);
    expect((await follow(stream)).seen).toEqual([1, 3, 4]);
  });
});

describe("from elsewhere", () => {
  test("now: nothing that is there, all that comes", async () => {
    const stream = await newStream(10);
    const { follower, seen } = await follow(stream, { from: "now" });
    expect([follower.applied, seen]).toEqual([10, []]);
    await write(stream, 3);
    expect(await follower.caughtUp(13, 5000)).toBe(true);
    expect(seen).toEqual([11, 12, 13]);
  });

  test("a sequence: it and what follows", async () => {
    const stream = await newStream(10);
    expect((await follow(stream, { from: 8 })).seen).toEqual([8, 9, 10]);
  });

  test("a sequence that is yet to come: it does not wait for it", async () => {
    const stream = await newStream(3);
    const { follower, seen } = await follow(stream, { from: 5 });
    expect(seen).toEqual([]);
    await write(stream, 2);
    expect(await follower.caughtUp(5, 5000)).toBe(true);
    expect(seen).toEqual([5]);
  });
});

describe("waiting", () => {
  test("ends with the time, and says that it did", async () => {
    const { follower } = await follow(await newStream(1));
    expect(await follower.caughtUp(1, 0)).toBe(true);
    expect(await follower.caughtUp(2, 20)).toBe(false);
  });

  test("ends when the follower is closed, which is no failure", async () => {
    const { follower, failures } = await follow(await newStream(1));
    const waiting = follower.caughtUp(2, 10_000);
    await follower[Symbol.asyncDispose]();
    expect(await waiting).toBe(false);
    expect(await follower.caughtUp(2, 10_000)).toBe(false);
    expect(failures).toEqual([]);
  });
});

describe("failure", () => {
  test("a throw while a message is taken ends the following, and nothing after it is given", async () => {
    const stream = await newStream(0);
    const seen: number[] = [];
    const { follower, failed } = await follow(stream, {
      onMessage: ({ sequence }) => {
        if (sequence === 3) throw new Error("cannot be read");
        seen.push(sequence);
      },
    });
    const waiting = follower.caughtUp(3, 10_000);
    await write(stream, 5);
    expect(await failed).toEqual(new Error("cannot be read"));
    expect(await waiting).toBe(false);
    expect([seen, follower.applied]).toEqual([[1, 2], 2]);
  });

  test("a throw while the log is read for the first time is the caller's at once", async () => {
    const stream = await newStream(5);
    const failures: unknown[] = [];
    const started = followLog({
      connection,
      stream,
      subjects: `${stream}.>`,
      onMessage: () => {
        throw new Error("cannot be read");
      },
      onFailure: (error) => void failures.push(error),
    });
    await expect(started).rejects.toThrow(
      new Error(`The log ${stream} could not be read to its end`),
    );
    expect(failures).toEqual([new Error("cannot be read")]);
  });

  test("a log that is deleted is told of, and so is one that was never there", async () => {
    const stream = await newStream(5);
    const { follower, failed } = await follow(stream);
    const waiting = follower.caughtUp(6, 10_000);
    await manager.streams.delete(stream);
    expect(await failed).toBeInstanceOf(Error);
    expect(await waiting).toBe(false);
    await expect(follower.head()).rejects.toThrow("stream not found");
    await expect(follow(uniqueName("none"))).rejects.toThrow("stream not found");
  }, 15_000);
});

/** Publishes until it is acknowledged; under the same id, so that it is there once. */
async function publishOnce(nats: NatsConnection, subject: string, msgID: string): Promise<void> {
  for (;;) {
    try {
      await jetstream(nats, { timeout: 500 }).publish(subject, msgID, { msgID });
      return;
    } catch {
      // the server is not back yet
    }
  }
}

test("kill -9 of the server and a restart: all messages once and in order, on both sides of it", async () => {
  const storeDirectory = await mkdtemp(join(tmpdir(), "hendelsesstrom-follow-"));
  let own = await startTestNats({ storeDirectory });
  const nats = await connect({ servers: own.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  onTestFinished(async () => {
    await nats.close();
    await own[Symbol.asyncDispose]();
    await rm(storeDirectory, { recursive: true });
  });
  const made = await jetstreamManager(nats);
  await made.streams.add({ name: "S", subjects: ["S.>"] });
  for (const id of upTo(300)) await publishOnce(nats, "S.a", String(id));
  const all = await follow("S", { connection: nats });
  const fromNow = await follow("S", { connection: nats, from: "now" });
  await own.kill();
  const waiting = [all, fromNow].map(({ follower }) => follower.caughtUp(302, 20_000));
  own = await startTestNats({ storeDirectory, port: own.port });
  for (const id of [301, 302]) await publishOnce(nats, "S.a", String(id));
  expect(await Promise.all(waiting)).toEqual([true, true]);
  expect(all.seen).toEqual(upTo(302));
  expect(fromNow.seen).toEqual([301, 302]);
  expect([...all.failures, ...fromNow.failures]).toEqual([]);
}, 40_000);
