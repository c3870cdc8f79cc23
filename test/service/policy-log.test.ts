import { getEventListeners } from "node:events";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { followLog, type LogFollower } from "#broker/log/follow-log";
import type { NatsServer } from "#broker/server/start-nats-server";
import { Problem } from "#schemas/problem";
import { Arrivals } from "#subscription-service/streams/arrivals";
import { type Gate, PolicyLog } from "#subscription-service/streams/policy-log";
import { ensureTenantStreams } from "#subscription-service/streams/tenant-streams";
import { startTestNats, uniqueName } from "../support/nats.ts";

let server: NatsServer;
let connection: NatsConnection;
let follower: LogFollower;
let subject: string;
beforeAll(async () => {
  server = await startTestNats();
  connection = await connect({ servers: server.url });
  await ensureTenantStreams(await jetstreamManager(connection), {
    replicas: 1,
    maxBytes: 64 * 1024 * 1024,
  });
  follower = await followLog({
    connection,
    stream: "POLICY",
    subjects: "pol.>",
    onMessage: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
});
beforeEach(() => {
  subject = uniqueName("pol.block.b");
});
afterAll(async () => {
  await follower[Symbol.asyncDispose]();
  await connection.close();
  await server[Symbol.asyncDispose]();
});

const open: Gate = async () => true;
const shut: Gate = async () => false;
const broken: Gate = () => Promise.reject(new Error("the broker is away"));

function unavailable(detail: string): Problem {
  return new Problem("unavailable", { detail });
}

function throwing(error: Error): never {
  throw error;
}

const NOT_IN_FORCE = "the change is stored but not yet confirmed to be in force; repeat the call";

test("a change is answered when it is applied and every gate has let it pass, with its revision", async () => {
  const asked: number[] = [];
  const gate: Gate = async (revision) => asked.push(revision) > 0;
  const log = new PolicyLog(connection, follower, [gate, gate]);
  const { revision } = await log.update(() => [
    { subject, value: 1 },
    { subject: `${subject}x`, value: 2 },
  ]);
  expect(revision).toBe(await follower.head());
  expect(asked).toEqual([revision, revision]);
});

test("a change that a gate does not confirm is told as unconfirmed, and so is its repetition", async () => {
  const log = new PolicyLog(connection, follower, [open, shut]);
  await expect(log.update(() => [{ subject, value: 1 }])).rejects.toThrow(
    unavailable(NOT_IN_FORCE),
  );
  // By now there is nothing left to write; that it is in force is as unknown as before.
  await expect(log.update(() => [])).rejects.toThrow(unavailable(NOT_IN_FORCE));
  await expect(new PolicyLog(connection, follower, [broken]).update(() => [])).rejects.toThrow(
    unavailable(NOT_IN_FORCE),
  );
  await expect(new PolicyLog(connection, follower, [open]).update(() => [])).resolves.toEqual({
    revision: follower.applied,
  });
});

test("what changed meanwhile is computed again, and given up after some tries", async () => {
  const log = new PolicyLog(connection, follower, [open]);
  await log.update(() => [{ subject, value: 1, expectLast: 0 }]);
  const written = follower.applied;
  let computed = 0;
  await log.update(() => {
    computed += 1;
    return [{ subject, value: 2, expectLast: computed < 3 ? 0 : written }];
  });
  expect(computed).toBe(3);
  await expect(log.update(() => [{ subject, value: 3, expectLast: 0 }])).rejects.toThrow(
    new Problem("conflict", { detail: "others keep changing the same; try again later" }),
  );
});

test("a throw while a change is computed is the caller's, and nothing is written", async () => {
  const log = new PolicyLog(connection, follower, [open]);
  const before = await follower.head();
  const nothing = new Problem("not-found");
  await expect(log.update(() => throwing(nothing))).rejects.toThrow(nothing);
  expect(await follower.head()).toBe(before);
});

test("a thousand changes go in one call, and not one more", async () => {
  const log = new PolicyLog(connection, follower, [open]);
  const changes = Array.from({ length: 1001 }, (_, index) => ({
    subject: `${subject}-${index}`,
    value: 1,
  }));
  await expect(log.update(() => changes.slice(1))).resolves.toMatchObject({
    revision: expect.any(Number),
  });
  await expect(log.update(() => changes)).rejects.toThrow(
    new Problem("too-large", { detail: "too many changes in one call" }),
  );
});

test("whoever has waited for an arrival leaves nothing behind on the signal that could have called it off", async () => {
  await using arrivals = await Arrivals.follow(connection, () => undefined);
  const stop = new AbortController();
  for (let round = 0; round < 20; round += 1) {
    const waiting = arrivals.since("s", arrivals.version("s"), {
      timeoutMs: 10_000,
      signal: stop.signal,
    });
    arrivals.wake("s");
    await waiting;
  }
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  const calledOff = arrivals.since("s", arrivals.version("s"), {
    timeoutMs: 10_000,
    signal: stop.signal,
  });
  stop.abort();
  await calledOff;
});
