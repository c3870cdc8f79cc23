import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import type { PolicyIndex } from "#decision/policy-index";
import type { FanOutRecord } from "#subscription-service/domain/fan-out-record";
import { EventQueue } from "#subscription-service/streams/event-queue";
import { RecordLog } from "#subscription-service/streams/record-log";
import { ensureTenantStreams } from "#subscription-service/streams/tenant-streams";
import { Writer, type WriterOptions } from "#subscription-service/streams/writer";
import { startTestNats } from "../support/nats.ts";
import {
  ALIASES,
  ALL_PERMITTED,
  change,
  NOW,
  PATIENT_IDS,
  type Statement,
  SUBSCRIPTION_IDS,
} from "../support/policy-messages.ts";
import { sourceEvent } from "../support/source-events.ts";
import { policyOf } from "./fan-out-run.ts";

const [ALIAS = ""] = ALIASES;
const REVISION = ALL_PERMITTED.length;
const WAIT_MS = 10_000;

const block: Statement = {
  subject: "pol.block.b1",
  value: { patient: PATIENT_IDS[0], scope: { kind: "everyone" }, state: "set", change },
};

type Log = {
  connection: NatsConnection;
  manager: JetStreamManager;
  publish: (id: string) => Promise<unknown>;
  records: () => Promise<FanOutRecord[]>;
};

async function openLog(): Promise<Log> {
  const server = await startTestNats();
  const connection = await connect({ servers: server.url });
  onTestFinished(async () => {
    await connection.close();
    await server[Symbol.asyncDispose]();
  });
  const manager = await jetstreamManager(connection);
  await ensureTenantStreams(manager, { replicas: 1, maxBytes: 64 * 1024 * 1024 });
  const publish = (id: string): Promise<unknown> =>
    jetstream(connection).publish(
      `ev.measurement.${ALIAS}`,
      JSON.stringify(sourceEvent({ id, subject: ALIAS })),
    );
  const records = async (): Promise<FanOutRecord[]> => {
    const found: FanOutRecord[] = [];
    for await (const message of await manager.direct.getBatch("OUT", {
      next_by_subj: "rec",
      seq: 1,
      batch: 1000,
    }))
      found.push(JSON.parse(message.string()));
    return found;
  };
  return { connection, manager, publish, records };
}

type Started = { writer: Writer; records: RecordLog; arrived: Promise<void> };

async function startWriter(
  { connection, manager }: Log,
  policy: PolicyIndex,
  options: Partial<WriterOptions> = {},
): Promise<Started> {
  const { events, policy: policyStream } = await ensureTenantStreams(manager, {
    replicas: 1,
    maxBytes: 1,
  });
  const origins = { events: events.created, policy: policyStream.created };
  const records = new RecordLog(connection, manager, origins);
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const writer = await Writer.start({
    connection,
    policy,
    records,
    openQueue: (from, onArrival) =>
      EventQueue.open({
        manager,
        controller: "312345013",
        from,
        onArrival: () => {
          onArrival();
          setImmediate(resolve); // by then the writer has taken what it would take
        },
        onFailure: (error) => {
          throw error;
        },
      }),
    now: () => NOW,
    mayDecide: () => true,
    onFailure: (error) => {
      throw error;
    },
    onSetback: () => undefined,
    ...options,
  });
  onTestFinished(() => writer[Symbol.asyncDispose]());
  return { writer, records, arrived };
}

test("a writer never decides by older policy than the one that stands in a record", async () => {
  const log = await openLog();
  const newer = await startWriter(log, policyOf([...ALL_PERMITTED, block]));
  expect(await newer.writer.watermark(REVISION + 1, WAIT_MS)).toBe(true);
  await newer.writer[Symbol.asyncDispose]();

  const policy = policyOf(ALL_PERMITTED);
  const { writer, arrived } = await startWriter(log, policy);
  await log.publish("abc");
  await arrived;
  policy.apply({ ...block, sequence: REVISION + 1 });
  policy.apply({ ...block, sequence: REVISION + 2 });
  writer.wake();
  expect(await writer.watermark(REVISION + 2, WAIT_MS)).toBe(true);

  const records = await log.records();
  expect(records.map(({ policyRev }) => policyRev)).toEqual([REVISION + 1, REVISION + 2]);
  expect(records.flatMap(({ decisions }) => decisions)).toMatchObject(
    SUBSCRIPTION_IDS.map(() => ({ effect: "deny", reason: "blocked" })),
  );
});

test("a writer decides nothing while policy cannot be read, and goes on when it can", async () => {
  const log = await openLog();
  let mayDecide = false;
  const { writer, arrived } = await startWriter(log, policyOf(ALL_PERMITTED), {
    mayDecide: () => mayDecide,
  });
  await log.publish("abc");
  await arrived;
  expect((await log.manager.streams.info("OUT")).state.messages).toBe(0);
  expect(await writer.watermark(REVISION, 20)).toBe(false);
  mayDecide = true;
  writer.wake();
  expect(await writer.watermark(REVISION, WAIT_MS)).toBe(true);
  expect(writer.lastNumber(SUBSCRIPTION_IDS[0] ?? "")).toBe(1);
});

test("two writers of one tenant: each event once, numbers without holes, and nothing but lost races between them", async () => {
  const log = await openLog();
  const setbacks: string[] = [];
  const onSetback = ({ kind }: { kind: string }): void => void setbacks.push(kind);
  const writers = [
    await startWriter(log, policyOf(ALL_PERMITTED), { onSetback }),
    await startWriter(log, policyOf(ALL_PERMITTED), { onSetback }),
  ];
  const events = 3000;
  const sequences = Array.from({ length: events }, (_, index) => index + 1);
  await Promise.all(sequences.map((index) => log.publish(`e${index}`)));
  for (const { writer } of writers)
    await expect
      .poll(() => writer.lastNumber(SUBSCRIPTION_IDS[0] ?? ""), { timeout: WAIT_MS })
      .toBe(events);
  const decisions = (await log.records()).flatMap((record) => record.decisions);
  for (const id of SUBSCRIPTION_IDS) {
    const own = decisions.filter(({ subscription }) => subscription === id);
    expect(own.map(({ event }) => event)).toEqual(sequences);
    expect(own.map((each) => (each.effect === "permit" ? each.number : 0))).toEqual(sequences);
  }
  expect(new Set(setbacks)).toEqual(new Set(["lost-race"]));
}, 30_000);

test("streams that were made anew are not written on", async () => {
  const log = await openLog();
  const { writer } = await startWriter(log, policyOf(ALL_PERMITTED));
  await writer.watermark(REVISION, WAIT_MS);
  await writer[Symbol.asyncDispose]();
  await log.manager.streams.delete("EVENTS");
  await expect(startWriter(log, policyOf(ALL_PERMITTED))).rejects.toThrow(
    "The events or policy stream was made anew or restored since the last record.",
  );
});

test("a successor reads on from the checkpoint, and from the records after it", async () => {
  const log = await openLog();
  const [id = ""] = SUBSCRIPTION_IDS;
  const { writer, records } = await startWriter(log, policyOf(ALL_PERMITTED));
  for (const count of [1, 2, 3]) {
    await log.publish(`e${count}`);
    await expect.poll(() => writer.lastNumber(id)).toBe(count);
    if (count === 2) await records.keep(await records.load());
  }
  await writer[Symbol.asyncDispose]();
  await log.manager.streams.purge("OUT", { filter: "rec", keep: 1 });
  const second = await startWriter(log, policyOf(ALL_PERMITTED));
  expect(second.writer.lastNumber(id)).toBe(3);
  await log.publish("last");
  await expect.poll(() => second.writer.lastNumber(id)).toBe(4);
});

test("when all records have passed the age limit, the numbers go on from the checkpoint", async () => {
  const log = await openLog();
  const [id = ""] = SUBSCRIPTION_IDS;
  const { writer, records } = await startWriter(log, policyOf(ALL_PERMITTED));
  await log.publish("first");
  await expect.poll(() => writer.lastNumber(id)).toBe(1);
  await records.keep(await records.load());
  await writer[Symbol.asyncDispose]();
  await log.manager.streams.purge("OUT", { filter: "rec" });
  const second = await startWriter(log, policyOf(ALL_PERMITTED));
  await log.publish("second");
  await expect.poll(() => second.writer.lastNumber(id)).toBe(2);
});
