import { jetstreamManager, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { readBrokerConfig } from "#broker/config";
import { findNatsBinary } from "#broker/server/find-nats-binary";
import { startNatsServer } from "#broker/server/start-nats-server";
import { EventQueue } from "#subscription-service/streams/event-queue";
import { RecordLog } from "#subscription-service/streams/record-log";
import { ensureTenantStreams } from "#subscription-service/streams/tenant-streams";
import { Writer } from "#subscription-service/streams/writer";
import { median } from "../median.ts";
import {
  type AuthorisedTenant,
  CONTROLLER,
  deliveries,
  followPolicy,
  writeEvents,
  writePolicy,
} from "./authorised-tenant.ts";
import { relayInBatches, relayPlainly, type Relayed, type RelayOptions } from "./raw-relays.ts";

export type FanoutOptions = {
  readonly rounds: number;
  readonly events: number;
  readonly report: (line: string) => void;
};

type Sync = "default" | "always";

/** One row of the result: rates in messages (or deliveries) a second, medians over the rounds. */
export type FanoutRun = {
  readonly fanOut: number;
  readonly sync: Sync;
  readonly deliveriesPerSecond: number;
  readonly r0: number;
  readonly r1: number;
  readonly ratioR0: number;
  readonly ratioR1: number;
};

const PERSONS = 200;
const MEGABYTE = 1024 * 1024;
const STREAM_BYTES = 1024 * MEGABYTE;

type Kind = "r0" | "r1" | "authorised";

/** Authorised fan-out against two raw relays, in alternating rounds on the same machine. */
export async function runFanout(options: FanoutOptions): Promise<{ runs: FanoutRun[] }> {
  const { path } = await findNatsBinary({ config: readBrokerConfig(), report: options.report });
  const runs: FanoutRun[] = [];
  for (const sync of ["default", "always"] as const) {
    for (const fanOut of [1, 3]) runs.push(await compare(path, { sync, fanOut }, options));
  }
  return { runs };
}

async function compare(
  binary: string,
  { sync, fanOut }: { sync: Sync; fanOut: number },
  { rounds, events, report }: FanoutOptions,
): Promise<FanoutRun> {
  const rates: Record<Kind, number[]> = { r0: [], r1: [], authorised: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ["r0", "r1", "authorised"] as const)
      rates[kind].push(await measure(binary, kind, { sync, fanOut, events }));
  }
  const [r0, r1, own] = [median(rates.r0), median(rates.r1), median(rates.authorised)];
  const run = {
    fanOut,
    sync,
    deliveriesPerSecond: own,
    r0,
    r1,
    ratioR0: own / r0,
    ratioR1: own / r1,
  };
  report(
    `fan-out ${fanOut}, sync ${sync}: ${own.toFixed(0)}/s = ${run.ratioR0.toFixed(2)} × R0 (${r0.toFixed(0)}), ${run.ratioR1.toFixed(2)} × R1 (${r1.toFixed(0)})`,
  );
  return run;
}

type Case = { readonly sync: Sync; readonly fanOut: number; readonly events: number };

/** Each measurement has a server and a store of its own. */
async function measure(
  binary: string,
  kind: Kind,
  { sync, fanOut, events }: Case,
): Promise<number> {
  await using server = await startNatsServer({ binary, syncInterval: sync, encryptionKey: null });
  const connection = await connect({ servers: server.url });
  try {
    const manager = await jetstreamManager(connection);
    await ensureTenantStreams(manager, { replicas: 1, maxBytes: STREAM_BYTES });
    const tenant = await writePolicy(connection, { persons: PERSONS, fanOut });
    await writeEvents(connection, tenant, events);
    if (kind === "authorised") return await fanOutAll({ connection, manager, tenant, events });
    await manager.streams.add({
      name: "RELAYED",
      subjects: ["relayed.*"],
      storage: StorageType.File,
      allow_atomic: true,
      allow_direct: true,
    });
    const relay = kind === "r0" ? relayPlainly : relayInBatches;
    return perSecond(
      await relay({ connection, manager, source: "EVENTS", target: "relayed", count: events }),
    );
  } finally {
    await connection.close();
  }
}

function perSecond({ messages, seconds }: Relayed): number {
  return messages / seconds;
}

type Own = Pick<RelayOptions, "connection" | "manager"> & {
  readonly tenant: AuthorisedTenant;
  readonly events: number;
};

/** The service's own writer from the first event to the last; then every pair is checked. */
async function fanOutAll({ connection, manager, tenant, events }: Own): Promise<number> {
  const { policy, follower } = await followPolicy(connection, tenant);
  const done = Promise.withResolvers<void>();
  const { created } = await manager.streams.info("EVENTS");
  const policyStream = await manager.streams.info("POLICY");
  const startedAt = performance.now();
  const writer = await Writer.start({
    connection,
    policy,
    records: new RecordLog(connection, manager, { events: created, policy: policyStream.created }),
    openQueue: (from, onArrival) =>
      EventQueue.open({ manager, controller: CONTROLLER, from, onArrival, onFailure: done.reject }),
    now: Date.now,
    mayDecide: () => true,
    onFailure: done.reject,
    onSetback: ({ kind }) => done.reject(new Error(`a commit was not stored: ${kind}`)),
  });
  const last = tenant.subscriptions.at(-1) ?? "";
  const look = setInterval(() => writer.lastNumber(last) === events && done.resolve(), 1);
  await done.promise;
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(look);
  await writer[Symbol.asyncDispose]();
  await follower[Symbol.asyncDispose]();
  await checkEveryPair(manager, tenant, events);
  return (events * tenant.subscriptions.length) / seconds;
}

async function checkEveryPair(
  manager: RelayOptions["manager"],
  { subscriptions }: AuthorisedTenant,
  events: number,
): Promise<void> {
  const counted = await deliveries(manager);
  for (const subscription of subscriptions) {
    if (counted[`d.${subscription}`] !== events)
      throw new Error(
        `A subscription holds ${counted[`d.${subscription}`]} of ${events} notifications`,
      );
  }
}
