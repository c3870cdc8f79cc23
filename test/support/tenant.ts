import type { TenantKeys } from "#schemas/tenant-keys";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { EVENTS_AUDIENCE } from "#deploy/site/site";
import type { ApiClient } from "./api-client.ts";
import { newOrganisation, newPerson } from "./newcomers.ts";
import {
  agreement,
  type FeedPage,
  measurementEvent,
  type ProducedEvent,
  publish,
  relationship,
  subscribe,
} from "./story.ts";
import type { TestSite } from "./test-site.ts";

/** An organisation that subscribes. */
export type Consumer = { readonly organisation: string; readonly call: ApiClient };

/** A tenant as a test's own corner of a shared site: with organisations and persons of its own. */
export type TestTenant = {
  readonly url: string;
  readonly number: string;
  readonly keys: TenantKeys;
  readonly controller: ApiClient;
  readonly newConsumer: () => Consumer;
  /** A consumer with an agreement on measurements. */
  readonly agreedConsumer: () => Promise<Consumer>;
  /** Enters a care relationship; gives its id. */
  readonly relate: (consumer: Consumer, patient: string) => Promise<string>;
  /** A consumer in a care relationship, with a subscription whose roster holds the patients. */
  readonly following: (patients: readonly string[]) => Promise<Following>;
  readonly publish: (patient: string, overrides?: Record<string, string>) => Promise<ProducedEvent>;
  /** Waits until all that was published before has been decided. */
  readonly settled: () => Promise<void>;
};

export type Following = Consumer & {
  readonly id: string;
  readonly handles: string[];
  /** The whole feed, as it is now. */
  readonly feed: (query?: string) => Promise<FeedPage>;
};

const SETTLED_MS = 20_000;

export async function openTenant(system: TestSite): Promise<TestTenant> {
  const { number } = system.site.municipality.organisation;
  const url = system.tenantUrl(number);
  const controller = system.controller(number);
  const newConsumer = (): Consumer => {
    const organisation = newOrganisation();
    const scopes = [`${EVENTS_AUDIENCE}/subscribe`];
    const call = system.as({
      client: "test-consumer",
      scopes,
      organisation: { parent: organisation },
    });
    return { organisation, call };
  };
  const agreedConsumer = async (): Promise<Consumer> => {
    const consumer = newConsumer();
    await ok(
      controller("PUT", `${url}/agreements/${consumer.organisation}`, {
        body: agreement("measurement"),
      }),
    );
    return consumer;
  };
  let relationships = 0;
  const relate = async ({ organisation }: Consumer, patient: string): Promise<string> => {
    relationships += 1;
    const id = `r${relationships}`;
    await ok(
      controller("PUT", `${url}/care-relationships/${id}`, {
        body: relationship(organisation, patient),
      }),
    );
    return id;
  };
  const following = async (patients: readonly string[]): Promise<Following> => {
    const consumer = await agreedConsumer();
    for (const patient of patients) await relate(consumer, patient);
    const subscribed = await subscribe(consumer.call, url, { topic: "measurement", patients });
    return {
      ...consumer,
      ...subscribed,
      feed: (query = "") =>
        readPage(consumer.call, `${url}/subscriptions/${subscribed.id}/events${query}`),
    };
  };
  const publishOne: TestTenant["publish"] = async (patient, overrides = {}) => {
    const event = measurementEvent(number, patient, overrides);
    const [result] = await publish(controller, url, [event]);
    if (result?.status !== "published") throw new Error(JSON.stringify(result));
    return event;
  };
  const marked = newPerson();
  const marker = await following([marked]);
  let { cursor } = await marker.feed();
  return {
    url,
    number,
    keys: deriveTenantKeys(Buffer.from(system.site.municipality.masterKey, "base64url")),
    controller,
    newConsumer,
    agreedConsumer,
    relate,
    following,
    publish: publishOne,
    settled: async () => {
      await publishOne(marked);
      const until = Date.now() + SETTLED_MS;
      for (let arrived = false; !arrived;) {
        if (Date.now() > until) throw new Error("the marker did not arrive");
        const page = await marker.feed(`?wait=5&after=${cursor}`);
        arrived = page.events.length > 0;
        cursor = page.cursor;
      }
    },
  };
}

async function readPage(call: ApiClient, url: string): Promise<FeedPage> {
  const answer = await call("GET", url);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

/** Waits for an answer, and fails when it is no 2xx. */
export async function ok(answering: ReturnType<ApiClient>): ReturnType<ApiClient> {
  const answer = await answering;
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}
