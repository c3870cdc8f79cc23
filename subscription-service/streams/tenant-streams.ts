import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";

/** The names are the same in every tenant: each has its own NATS account. */
export const EVENTS = "EVENTS";
export const POLICY = "POLICY";
export const OUT = "OUT";
export const LEASES = "LEASES";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Longer than the longest outage that a consumer is expected to come back from. */
const RETENTION_MS = 30 * DAY_MS;

/** A producer may repeat an event this long and it is still known as the same. */
const DUPLICATE_WINDOW_MS = DAY_MS;

/** The server's own default refuses the 1,001st consumer of a stream. */
const MAX_CONSUMERS = 10_000;

/** A lease is a few bytes, and goes when it lapses. */
const LEASES_MAX_BYTES = 1024 * 1024;

/** No event, page of a roster or record is larger. */
const MAX_MESSAGE_BYTES = 512 * 1024;

export type StreamOptions = {
  readonly replicas: number;
  /**
   * Room for each stream. The broker sets it aside. It should be well above what the age limit lets
   * gather, so that age and not size ends a message; a full stream refuses, and loses nothing.
   */
  readonly maxBytes: number;
};

const common = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_consumers: MAX_CONSUMERS,
  max_msg_size: MAX_MESSAGE_BYTES,
  allow_direct: true,
  deny_delete: false,
};

/** Makes the tenant's streams where they are missing, and leaves the others as they are. */
export async function ensureTenantStreams(
  manager: JetStreamManager,
  { replicas, maxBytes }: StreamOptions,
): Promise<{ events: StreamInfo; policy: StreamInfo; out: StreamInfo }> {
  const shared = { ...common, num_replicas: replicas, max_bytes: maxBytes };
  const events = await ensure(manager, {
    ...shared,
    name: EVENTS,
    subjects: ["ev.>"],
    max_age: nanos(RETENTION_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    allow_atomic: true,
  });
  const policy = await ensure(manager, {
    ...shared,
    name: POLICY,
    subjects: ["pol.>"],
    allow_atomic: true,
    allow_rollup_hdrs: true,
  });
  const out = await ensure(manager, {
    ...shared,
    name: OUT,
    subjects: ["d.*", "h.*", "rec", "checkpoint"],
    max_age: nanos(RETENTION_MS),
    allow_atomic: true,
    allow_rollup_hdrs: true,
    allow_msg_ttl: true,
  });
  await ensure(manager, {
    ...shared,
    name: LEASES,
    subjects: ["lease.*"],
    max_bytes: LEASES_MAX_BYTES,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
    allow_msg_ttl: true,
  });
  return { events, policy, out };
}

type StreamConfig = Parameters<JetStreamManager["streams"]["add"]>[0];

async function ensure(
  manager: JetStreamManager,
  config: StreamConfig & { name: string },
): Promise<StreamInfo> {
  // An equal configuration is accepted again; another one is the operator's and is not overruled.
  const existing = await manager.streams.info(config.name).catch(() => undefined);
  return existing ?? manager.streams.add(config);
}
