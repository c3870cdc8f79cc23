import { randomBytes } from "node:crypto";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { pino } from "pino";
import { followLog, type LogFollower } from "#broker/log/follow-log";
import { type BatchMessage, MAX_BATCH_MESSAGES, publishAtomically } from "#broker/log/atomic-batch";
import { PolicyIndex } from "#decision/policy-index";
import type {
  Agreement,
  CareRelationship,
  RosterPage,
  Subscription,
} from "#decision/policy-objects";
import { aliasOf } from "#schemas/alias";
import { toLetters } from "#schemas/letters";
import { openEntry, sealEntry } from "#schemas/sealed-entry";
import type { SourceEvent } from "#schemas/source-event";
import { eventSubject, policySubject } from "#schemas/subject";
import { deriveTenantKeys, type TenantKeys } from "#schemas/tenant-keys";
import { syntheticPersons } from "./synthetic-persons.ts";

export const CONTROLLER = "312345013";
const CONSUMERS = ["314567048", "213456024", "215678040", "316789056"];
const SINCE = "2026-01-01T00:00:00Z";
const encoder = new TextEncoder();

/** A tenant with persons whom so many consumers may hear of. */
export type AuthorisedTenant = {
  readonly keys: TenantKeys;
  readonly aliases: readonly string[];
  readonly subscriptions: readonly string[];
};

const change = { by: CONTROLLER, client: "bench", at: SINCE };

/** Writes the policy of a tenant in which every person may be told of to `fanOut` consumers. */
export async function writePolicy(
  connection: NatsConnection,
  { persons, fanOut }: { persons: number; fanOut: number },
): Promise<AuthorisedTenant> {
  const keys = deriveTenantKeys(new Uint8Array(32));
  const aliases = syntheticPersons(persons).map((number) => aliasOf(keys.alias, number));
  const patients = aliases.map(() => toLetters(randomBytes(16)));
  const subscriptions = CONSUMERS.slice(0, fanOut).map((consumer) => ({
    consumer,
    id: toLetters(randomBytes(16)),
  }));
  const writes: [string, unknown][] = [
    ...aliases.map((alias, index): [string, unknown] => [
      policySubject("alias", alias),
      { sealedPatient: sealEntry(keys.table, alias, patients[index] ?? "") },
    ]),
    ...subscriptions.flatMap(({ consumer, id }) => consumerPolicy({ consumer, id, patients })),
  ];
  await publishAll(
    connection,
    writes.map(([subject, value]) => ({ subject, data: encoder.encode(JSON.stringify(value)) })),
  );
  return { keys, aliases, subscriptions: subscriptions.map(({ id }) => id) };
}

function consumerPolicy({
  consumer,
  id,
  patients,
}: {
  consumer: string;
  id: string;
  patients: readonly string[];
}): [string, unknown][] {
  const agreement: Agreement = {
    consumer,
    topics: [{ topic: "measurement", accepts: ["source-recorded"] }],
    legalBasis: "bench",
    validity: { from: SINCE },
    state: "active",
    change,
  };
  const subscription: Subscription = {
    consumer,
    topics: ["measurement"],
    delivery: { way: "feed" },
    state: "active",
    change,
  };
  const roster: RosterPage = { patients: [...patients], change };
  const relationship = (patient: string): CareRelationship => ({
    consumer,
    patient,
    class: "source-recorded",
    validity: { from: SINCE },
    reference: "bench",
    state: "active",
    change,
  });
  return [
    [policySubject("agreement", consumer), agreement],
    [policySubject("subscription", id), subscription],
    [policySubject("roster", id, "0"), roster],
    ...patients.map((patient): [string, unknown] => [
      policySubject("relationship", CONTROLLER, `${consumer}-${patient}`),
      relationship(patient),
    ]),
  ];
}

/** Writes so many events, spread over the persons. */
export async function writeEvents(
  connection: NatsConnection,
  { aliases }: AuthorisedTenant,
  count: number,
): Promise<void> {
  const messages = Array.from({ length: count }, (_, index): BatchMessage => {
    const event = measured(aliases[index % aliases.length] ?? "", index);
    return {
      subject: eventSubject("measurement", event.subject),
      data: encoder.encode(JSON.stringify(event)),
    };
  });
  await publishAll(connection, messages);
}

function measured(alias: string, index: number): SourceEvent {
  return {
    specversion: "1.0",
    id: `event-${index}`,
    source: `urn:no:orgnr:${CONTROLLER}:bench`,
    type: "no.hendelsesstrom.measurement.created.v1",
    subject: alias,
    time: SINCE,
    recordedtime: SINCE,
    dataref: `https://source.example/fhir/Observation/${index}`,
    dataversion: "1",
  };
}

async function publishAll(
  connection: NatsConnection,
  messages: readonly BatchMessage[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
    const outcome = await publishAtomically(
      connection,
      messages.slice(start, start + MAX_BATCH_MESSAGES),
    );
    if (outcome.kind !== "committed")
      throw new Error(`The bench could not be set up: ${outcome.kind}`);
  }
}

/** Follows policy as a service's process does. */
export async function followPolicy(
  connection: NatsConnection,
  { keys }: AuthorisedTenant,
): Promise<{ policy: PolicyIndex; follower: LogFollower }> {
  const policy = new PolicyIndex({
    openPatient: (alias, sealed) => openEntry(keys.table, alias, sealed),
  });
  const decoder = new TextDecoder();
  const follower = await followLog({
    connection,
    stream: "POLICY",
    subjects: "pol.>",
    onMessage: ({ subject, sequence, data }) =>
      policy.apply({ subject, sequence, value: JSON.parse(decoder.decode(data)) }),
    onFailure: (error) => pino().error(error),
  });
  return { policy, follower };
}

/** How many notifications each subscription holds, by what the log says. */
export async function deliveries(manager: JetStreamManager): Promise<Record<string, number>> {
  const { state } = await manager.streams.info("OUT", { subjects_filter: "d.*" });
  return state.subjects ?? {};
}
