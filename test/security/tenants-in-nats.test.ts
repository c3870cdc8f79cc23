import { randomUUID } from "node:crypto";
import { jetstream, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type NatsUser, newNatsUser } from "#deploy/site/credentials";
import { newPerson } from "../support/newcomers.ts";
import { openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite, type TestSite } from "../support/test-site.ts";

const ANSWER_MS = 1000;

let system: TestSite;
let tenant: TestTenant;
/** The account that is attacked, as its own service sees it. */
let victim: NatsConnection;
beforeAll(async () => {
  system = await startTestSite();
  tenant = await openTenant(system);
  await tenant.following([newPerson()]);
  await tenant.settled();
  victim = await system.natsAs(system.site.municipality.service);
});
afterAll(async () => {
  await victim.close();
  await system[Symbol.asyncDispose]();
});

async function states(connection: NatsConnection): Promise<StreamInfo["state"][]> {
  const manager = await jetstreamManager(connection);
  const names = ["EVENTS", "OUT", "POLICY"];
  return Promise.all(
    names.map(async (name) => (await manager.streams.info(name, { subjects_filter: ">" })).state),
  );
}

function withoutConsumers(all: StreamInfo["state"][]): unknown[] {
  return all.map((state) => ({ ...state, consumer_count: 0 }));
}

async function as(user: NatsUser): Promise<NatsConnection> {
  const connection = await system.natsAs(user);
  onTestFinished(() => connection.close());
  return connection;
}

/** Asks, and tells what came of it: an answer, or why there is none. */
async function ask(
  connection: NatsConnection,
  subject: string,
  body: unknown = {},
): Promise<string> {
  try {
    return (
      await connection.request(subject, JSON.stringify(body), { timeout: ANSWER_MS })
    ).string();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** Listens from now on; gives the kinds of subjects heard, but for what any account's own service says there. */
async function listen(connection: NatsConnection, subject: string): Promise<() => string[]> {
  const kinds = new Set<string>();
  connection.subscribe(subject, {
    callback: (_error, message) => void kinds.add(message.subject.split(".")[0] ?? ""),
  });
  await connection.flush();
  const own = /^(lease|_INBOX.*|\$JS)$/;
  return () => [...kinds].filter((kind) => !own.test(kind));
}

const PARTIES = ["service", "source"] as const;

test.each(PARTIES)(
  "another tenant's %s reads nothing of this one: its streams are its own",
  async (party) => {
    const hostile = await as(system.site.hospital[party]);
    const inbox = `_INBOX_${system.site.hospital.source.publicKey}.>`;
    const heard = await listen(hostile, party === "service" ? ">" : inbox);
    // The same listening from within hears what there is to hear.
    const heardWithin = await listen(await as(system.site.municipality.service), ">");
    const person = newPerson();
    const { feed } = await tenant.following([person]);
    await tenant.publish(person);
    await tenant.settled();
    expect((await feed()).last).toBe("1");
    await hostile.flush();
    expect(heard()).toEqual([]);
    await expect.poll(heardWithin).toEqual(expect.arrayContaining(["d", "ev", "pol", "rec"]));
    const own = await ask(victim, "$JS.API.STREAM.INFO.POLICY");
    expect(JSON.parse(own).state.messages).toBeGreaterThan(0);
    const other = await ask(hostile, "$JS.API.STREAM.INFO.POLICY");
    expect(JSON.parse(other).state.messages).toBe(0);
  },
);

test.each(PARTIES)(
  "another tenant's %s changes nothing in this one, though it loses its own",
  async (party) => {
    const hostile = await as(system.site.hospital[party]);
    const before = withoutConsumers(await states(victim));
    for (const subject of [
      "ev.measurement.aaaa",
      "pol.block.b1",
      "rec",
      "d.aaaa",
      "h.aaaa",
      "checkpoint",
    ])
      hostile.publish(subject, "{}");
    for (const name of ["EVENTS", "OUT", "POLICY"]) {
      await ask(hostile, `$JS.API.STREAM.PURGE.${name}`);
      await ask(hostile, `$JS.API.STREAM.MSG.DELETE.${name}`, { seq: 1 });
      await ask(hostile, `$JS.API.STREAM.DELETE.${name}`);
    }
    await hostile.flush();
    expect(withoutConsumers(await states(victim))).toEqual(before);
    expect((await tenant.controller("GET", tenant.url)).status).toBe(200);
  },
);

test("nobody gets in without a key that the server knows, or with another's name", async () => {
  const stranger = newNatsUser();
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(stranger.seed));
  const options = { servers: system.nats.url, reconnect: false };
  await expect(connect({ ...options, authenticator })).rejects.toThrow(/authorization/i);
  await expect(connect(options)).rejects.toThrow(/authorization/i);
  const { publicKey } = system.site.municipality.service;
  await expect(connect({ ...options, user: publicKey, pass: "x" })).rejects.toThrow(
    /authorization/i,
  );
});

describe("the tenant's own source", () => {
  test("may not say what policy says, nor what was decided or handed out", async () => {
    const source = await as(system.site.municipality.source);
    const before = withoutConsumers(await states(victim));
    for (const subject of ["pol.block.b1", "pol.x", "rec", "d.aaaa", "h.aaaa", "checkpoint"])
      expect(await ask(source, subject)).toMatch(
        /^(TimeoutError|PermissionViolationError|RequestError)/,
      );
    expect(withoutConsumers(await states(victim))).toEqual(before);
  });

  test.each([
    ["$JS.API.STREAM.MSG.GET.OUT", { seq: 1 }],
    ["$JS.API.STREAM.MSG.GET.EVENTS", { seq: 1 }],
    ["$JS.API.STREAM.MSG.GET.POLICY", { seq: 1 }],
    ["$JS.API.DIRECT.GET.OUT", { seq: 1 }],
    ["$JS.API.DIRECT.GET.EVENTS", { seq: 1 }],
    ["$JS.API.STREAM.INFO.OUT", {}],
    ["$JS.API.STREAM.LIST", {}],
    ["$JS.API.CONSUMER.CREATE.OUT.x", { stream_name: "OUT", config: { name: "x" } }],
    ["$JS.API.CONSUMER.CREATE.EVENTS.x", { stream_name: "EVENTS", config: { name: "x" } }],
    ["$JS.API.CONSUMER.LIST.POLICY", {}],
    ["$JS.API.STREAM.CREATE.X", { name: "X", subjects: ["d.>"] }],
    ["$JS.API.STREAM.UPDATE.POLICY", { name: "POLICY" }],
    ["$JS.API.STREAM.PURGE.POLICY", {}],
    ["$JS.API.STREAM.DELETE.EVENTS", {}],
    ["$JS.API.STREAM.SNAPSHOT.OUT", { deliver_subject: "x" }],
  ])("may not ask %s", async (subject, body) => {
    const source = await as(system.site.municipality.source);
    expect(await ask(source, subject, body)).toMatch(
      /^(TimeoutError|PermissionViolationError|RequestError)/,
    );
  });

  test("may not listen to what others say in its account", async () => {
    const source = await as(system.site.municipality.source);
    for (const subject of [">", "ev.>", "d.>", "rec", "_INBOX.>", "$JS.API.>"]) {
      const subscription = source.subscribe(subject);
      await expect(subscription.closed).resolves.toBeInstanceOf(Error);
    }
  });

  test("may do its work: publish an event, and read policy", async () => {
    const source = await as(system.site.municipality.source);
    const subject = `ev.measurement.${"a".repeat(32)}`;
    expect(await jetstream(source).publish(subject, "{}", { msgID: randomUUID() })).toMatchObject({
      stream: "EVENTS",
    });
    expect(JSON.parse(await ask(source, "$JS.API.STREAM.INFO.POLICY"))).toMatchObject({
      config: { name: "POLICY" },
    });
  });

  // What a consumer is told to deliver to, and where a pull's answer goes, the server writes itself
  // and with no one's rights. Closing this takes an account of its own for the source.
  describe("makes the broker write for it, which it should not", () => {
    test.fails("by a consumer that delivers to where records lie", async () => {
      const source = await as(system.site.municipality.source);
      await ask(source, ...createConsumer("push", { deliver_subject: "rec" }));
      expect(await changesOut()).toBe(false);
    });

    test.fails("by asking for a message with a notification's place for the answer", async () => {
      const source = await as(system.site.municipality.source);
      await ask(source, ...createConsumer("pull", {}));
      source.publish("$JS.API.CONSUMER.MSG.NEXT.POLICY.pull", "1", { reply: "d.bbbb" });
      expect(await changesOut()).toBe(false);
    });
  });
});

function createConsumer(name: string, config: object): [string, object] {
  const settings = { name, ack_policy: "none", deliver_policy: "all", ...config };
  return [`$JS.API.CONSUMER.CREATE.POLICY.${name}`, { stream_name: "POLICY", config: settings }];
}

/** Whether the notifications' log comes to hold what the service did not write. */
async function changesOut(): Promise<boolean> {
  const until = Date.now() + ANSWER_MS;
  for (;;) {
    const [, out] = await states(victim);
    const foreign = Object.keys(out?.subjects ?? {}).filter(
      (subject) => !/^(rec|checkpoint|d\.[a-p]{32})$/.test(subject),
    );
    if (foreign.length > 0) return true;
    if (Date.now() > until) return false;
  }
}
