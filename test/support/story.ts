import { randomBytes } from "node:crypto";
import { toLetters } from "#schemas/letters";
import type { ApiClient } from "./api-client.ts";

/** Calls that most tests of the service begin with. */
export const SINCE = "2026-01-01T00:00:00Z";

export function agreement(topic: string): unknown {
  return {
    topics: [{ topic, accepts: ["source-recorded", "register", "asserted"] }],
    legalBasis: "pasientjournalloven § 19",
    validity: { from: SINCE },
  };
}

export function relationship(consumer: string, patient: string): unknown {
  return {
    consumer,
    patient,
    class: "source-recorded",
    validity: { from: SINCE },
    reference: "henvisning-1",
  };
}

/** Subscribes, puts the patients on the roster, and gives the subscription's id and the handles. */
export async function subscribe(
  call: ApiClient,
  tenantUrl: string,
  { topic, patients }: { topic: string; patients: readonly string[] },
): Promise<{ id: string; handles: string[] }> {
  const made = await call("POST", `${tenantUrl}/subscriptions`, {
    body: { topics: [topic], delivery: { way: "feed" } },
  });
  const { id }: { id: string } = JSON.parse(made.text);
  const roster = await call("PUT", `${tenantUrl}/subscriptions/${id}/roster`, {
    body: { patients },
  });
  const { handles }: { handles: string[] } = JSON.parse(roster.text);
  return { id, handles };
}

export type ProducedEvent = Record<string, string>;

/** Without digits: one in some thousand random hexadecimal ids holds an identity number, and is refused. */
function newId(): string {
  return toLetters(randomBytes(16));
}

/** An event as a producer without the library sends it. */
export function measurementEvent(
  controller: string,
  patient: string,
  overrides: Record<string, string> = {},
): ProducedEvent {
  const now = new Date().toISOString();
  return {
    specversion: "1.0",
    id: newId(),
    source: `urn:no:orgnr:${controller}:dho`,
    type: "no.hendelsesstrom.measurement.created.v1",
    subject: patient,
    time: now,
    recordedtime: now,
    dataref: `https://source.example/fhir/Observation/${newId()}`,
    dataversion: "1",
    ...overrides,
  };
}

export async function publish(
  call: ApiClient,
  tenantUrl: string,
  events: readonly ProducedEvent[],
): Promise<{ status: string }[]> {
  const answer = await call("POST", `${tenantUrl}/events`, {
    body: events,
    type: "application/cloudevents-batch+json",
  });
  const { results }: { results: { status: string }[] } = JSON.parse(answer.text);
  return results;
}

export type FeedPage = { events: Record<string, string>[]; cursor: string; last: string };

/** Reads a subscription's feed until it holds so many events, or the time is up. */
export async function readFeed(
  call: ApiClient,
  tenantUrl: string,
  { id, count }: { id: string; count: number },
): Promise<Record<string, string>[]> {
  const events: Record<string, string>[] = [];
  const until = Date.now() + 20_000;
  let after = "";
  while (events.length < count && Date.now() < until) {
    const answer = await call(
      "GET",
      `${tenantUrl}/subscriptions/${id}/events?limit=1000&wait=2${after}`,
    );
    const page: FeedPage = JSON.parse(answer.text);
    events.push(...page.events);
    after = `&after=${page.cursor}`;
  }
  return events;
}
