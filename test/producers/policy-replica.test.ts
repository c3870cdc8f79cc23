import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { publishAtomically } from "#broker/log/atomic-batch";
import { GP_OFFICE, MUNICIPALITY } from "#deploy/site/parties";
import { UnreadablePolicy } from "#decision/policy-index";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { openBrokerLink } from "#producers/broker-link";
import { PolicyReplica } from "#producers/sharing/policy-replica";
import { startTestNats } from "../support/nats.ts";
import { KARI } from "./people.ts";
import { policyWriter } from "./policy-writer.ts";

const keys = deriveTenantKeys(new Uint8Array(32).fill(5));
const consumer = GP_OFFICE.number;
const ROUNDS = 40;
const change = { by: MUNICIPALITY.number, client: "test", at: "2026-11-22T09:00:00Z" };

async function makePolicyStream(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "POLICY", subjects: ["pol.>"], allow_atomic: true });
}

async function world({ withStream = true } = {}) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startTestNats());
  const connection = await connect({ servers: nats.url });
  stack.defer(() => connection.close());
  if (withStream) await makePolicyStream(connection);
  const failures: unknown[] = [];
  const link = stack.use(openBrokerLink({ url: nats.url, name: "replica" }));
  const replica = stack.use(
    new PolicyReplica({
      link,
      tableKey: keys.table,
      onFailure: (error) => void failures.push(error),
    }),
  );
  const policy = policyWriter(() => connection, keys, MUNICIPALITY.number);
  const owned = stack.move();
  return {
    nats,
    connection,
    failures,
    replica,
    policy,
    /** Waits until the replica has read policy for the first time. */
    isReady: () => expect.poll(() => replica.current(), { timeout: 10_000 }).toBeDefined(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("what was in the log when it was asked has been applied, however much it is", async () => {
  await using at = await world();
  await at.isReady();
  const agreement = JSON.stringify({
    consumer,
    topics: [{ topic: "plan", accepts: ["register"] }],
    legalBasis: "law",
    validity: { from: change.at },
    state: "active",
    change,
  });
  // More than is asked for ahead, so that the head is known before all of it has come.
  const writes = Array.from({ length: 1000 }, () => ({
    subject: `pol.agreement.${consumer}`,
    data: new TextEncoder().encode(agreement),
  }));
  const batches = Array.from({ length: 8 }, () => publishAtomically(at.connection, writes));
  const written = await Promise.all(batches);
  const sequences = written.map((batch) => (batch.kind === "committed" ? batch.sequence : 0));
  const { revision = 0 } = (await at.replica.current()) ?? {};
  expect(revision).toBe(Math.max(...sequences));
  expect(revision).toBe(8000);
});

test("each write is seen by the next who asks", async () => {
  await using at = await world();
  await at.isReady();
  const patient = await at.policy.patientOf(KARI);
  for (let round = 0; round < 50; round += 1) {
    const state = round % 2 === 0 ? "set" : "lifted";
    await at.policy.block(consumer, KARI, state);
    const facts = (await at.replica.current())?.facts(patient, consumer);
    expect(facts?.blocks.map((block) => block.state)).toEqual([state]);
  }
});

test("without a log there is no policy, and it is read when it comes", async () => {
  await using at = await world({ withStream: false });
  await expect.poll(() => at.failures.length).toBeGreaterThan(0);
  expect(await at.replica.current()).toBeUndefined();
  await makePolicyStream(at.connection);
  await at.isReady();
});

test("a broker that does not answer leaves nothing to decide by, until it does", async () => {
  await using at = await world();
  const written = await at.policy.agree(consumer, "measurement");
  await at.isReady();
  await at.nats.freeze();
  expect(await at.replica.current()).toBeUndefined();
  at.nats.thaw();
  await at.isReady();
  expect((await at.replica.current())?.revision).toBe(written);
});

test("a message that is not understood leaves nothing to decide by", async () => {
  await using at = await world();
  await at.isReady();
  await at.policy.write("pol.agreement.x", { what: "is this" });
  await expect.poll(() => at.replica.current()).toBeUndefined();
  await expect.poll(() => at.failures.at(-1)).toBeInstanceOf(UnreadablePolicy);
});

test("a log that was made anew is read anew, and the old one forgotten", async () => {
  await using at = await world();
  const patient = await at.policy.patientOf(KARI);
  for (let round = 0; round < 5; round += 1) await at.policy.block(consumer, KARI);
  await at.isReady();
  expect((await at.replica.current())?.facts(patient, consumer).blocks).toHaveLength(1);

  const manager = await jetstreamManager(at.connection);
  await manager.streams.delete("POLICY");
  await makePolicyStream(at.connection);
  await at.policy.agree(consumer, "measurement");
  await expect
    .poll(async () => (await at.replica.current())?.revision, { timeout: 15_000 })
    .toBe(1);
  const now = await at.replica.current();
  expect(now?.patientOf(patient)).toBeUndefined();
  expect(now?.agreement(consumer)).toBeDefined();
});

test("policy that changes while the log's head is being asked for is no shorter log", async () => {
  await using at = await world();
  await at.isReady();
  const asked: unknown[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const changes = Array.from({ length: 5 }, () => at.policy.agree(consumer, "measurement"));
    const asks = Array.from({ length: 5 }, () => at.replica.current());
    asked.push(...(await Promise.all(asks)));
    await Promise.all(changes);
  }
  expect(asked).not.toContain(undefined);
  expect(at.failures).toEqual([]);
});
