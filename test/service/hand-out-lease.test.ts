import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { HandOutBarrier } from "#subscription-service/streams/hand-out-barrier";
import { HandOutLease, LEASE_MS } from "#subscription-service/streams/hand-out-lease";
import { ensureTenantStreams } from "#subscription-service/streams/tenant-streams";
import { startTestNats } from "../support/nats.ts";

const MEGABYTES = 16 * 1024 * 1024;

/** A broker with a tenant's streams, and a process's lease on a clock that the test moves. */
async function leaseOn() {
  const server = await startTestNats();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  await ensureTenantStreams(manager, { replicas: 1, maxBytes: MEGABYTES });
  const clock = { now: 1_000_000 };
  let applied = 0;
  const lease = await HandOutLease.register({
    connection,
    process: "first",
    applied: () => applied,
    mayRenew: () => true,
    clock: () => clock.now,
  });
  onTestFinished(() => lease[Symbol.asyncDispose]());
  const apply = (revision: number): void => {
    applied = revision;
    lease.acknowledge();
  };
  return { server, connection, lease, clock, apply, barrier: new HandOutBarrier(manager) };
}

test("a lease lapses on its holder's clock when the broker does not answer, and is good again when it does", async () => {
  const { server, lease, clock } = await leaseOn();
  expect(lease.isValid).toBe(true);
  await server.freeze();
  clock.now += LEASE_MS - 1;
  expect(lease.isValid).toBe(true);
  clock.now += 1;
  expect(lease.isValid).toBe(false);
  server.thaw();
  await expect.poll(() => lease.isValid, { timeout: 5000 }).toBe(true);
});

test("a revision is passed when every lease has acknowledged it, and not before", async () => {
  const { apply, barrier } = await leaseOn();
  expect(await barrier.passed(7, 100)).toBe(false);
  const passed = barrier.passed(7, 10_000);
  apply(6);
  apply(8);
  expect(await passed).toBe(true);
});

test("a lease that nobody renews holds a revision up until the broker forgets it", async () => {
  const { connection, apply, barrier } = await leaseOn();
  apply(9);
  expect(await barrier.passed(9, 5000)).toBe(true);
  const answer = await connection.request("lease.second", JSON.stringify({ applied: 3 }), {
    headers: lasting("1s"),
    timeout: 1000,
  });
  expect(answer.json()).toHaveProperty("seq");
  expect(await barrier.passed(9, 200)).toBe(false);
  expect(await barrier.passed(9, 10_000)).toBe(true);
});

test("a process that stops is not waited for", async () => {
  const { lease, barrier } = await leaseOn();
  expect(await barrier.passed(5, 100)).toBe(false);
  await lease[Symbol.asyncDispose]();
  expect(lease.isValid).toBe(false);
  expect(await barrier.passed(5, 1000)).toBe(true);
});

function lasting(ttl: string) {
  const set = headers();
  set.set("Nats-TTL", ttl);
  return set;
}
