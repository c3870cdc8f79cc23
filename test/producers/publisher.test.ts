import { createUser } from "@nats-io/nkeys";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { CloudEvent } from "cloudevents";
import { describe, expect, test } from "vitest";
import { aliasOf } from "#schemas/alias";
import { containsIdentityNumber } from "#schemas/identity-number";
import { messageIdOf } from "#schemas/message-id";
import type { StartOptions } from "#broker/server/start-nats-server";
import { newEventId } from "#producers/publisher/new-event-id";
import { createPublisher, type PublisherOptions } from "#producers/publisher/create-publisher";
import { PublishError } from "#producers/publisher/publish-error";
import { MUNICIPALITY } from "#deploy/site/parties";
import { startTestNats } from "../support/nats.ts";
import { makeStreams, readLog } from "./event-log.ts";
import { KARI, NOBODY } from "./people.ts";

const CONTROLLER = MUNICIPALITY.number;
const aliasKey = new Uint8Array(32).fill(7);
const fast = { firstMs: 5, longestMs: 50 };

function event(attributes: Record<string, unknown> = {}): CloudEvent<unknown> {
  return new CloudEvent<unknown>(
    {
      id: newEventId(),
      source: `urn:no:orgnr:${CONTROLLER}:dho`,
      type: "no.hendelsesstrom.measurement.created.v1",
      subject: KARI,
      time: "2026-11-22T10:15:00.000Z",
      recordedtime: "2026-11-22T10:15:01Z",
      dataref: "https://dho.example/fhir/Observation/abcdefghijklmnop",
      dataversion: "1",
      kind: "glucose",
      ...attributes,
    },
    false,
  );
}

async function site(options: Omit<StartOptions, "binary"> = {}, withStreams = true) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startTestNats(options));
  const connection = await connect({
    servers: nats.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 20,
    reconnectJitter: 0,
  });
  stack.defer(() => connection.close());
  if (withStreams) await makeStreams(connection);
  const owned = stack.move();
  return { nats, connection, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function publisher(connection: NatsConnection, options: Partial<PublisherOptions> = {}) {
  return createPublisher({
    connection,
    controller: CONTROLLER,
    aliasKey,
    backoff: fast,
    ...options,
  });
}

async function refusal(publishing: Promise<unknown>): Promise<PublishError> {
  const error: unknown = await publishing.catch((cause: unknown) => cause);
  if (error instanceof PublishError) return error;
  throw new Error("it was published");
}

describe("publishing", () => {
  test("puts the event in the log under the patient's alias, once", async () => {
    await using at = await site();
    await using publishing = publisher(at.connection);
    const told = event();
    expect(await publishing.publish(told)).toEqual({ kind: "published", sequence: 1 });
    expect(await publishing.publish(told)).toEqual({ kind: "duplicate", sequence: 1 });

    const [logged, ...others] = await readLog(at.connection);
    const alias = aliasOf(aliasKey, KARI);
    expect(others).toEqual([]);
    expect(logged).toMatchObject({
      subject: `ev.measurement.${alias}`,
      messageId: messageIdOf({ source: told.source, id: told.id }),
      event: { id: told.id, source: told.source, type: told.type, subject: alias, kind: "glucose" },
    });
    expect(logged?.text).not.toContain(KARI);
  });

  test("keeps many under way, and loses and doubles none", async () => {
    await using at = await site();
    await using publishing = publisher(at.connection);
    const events = Array.from({ length: 1000 }, () => event());
    const published = await Promise.all(events.map((each) => publishing.publish(each)));
    expect(new Set(published.map(({ sequence }) => sequence)).size).toBe(1000);
    expect(new Set((await readLog(at.connection)).map((each) => each.event.id)).size).toBe(1000);
  });
});

describe("a wrong event", () => {
  test("is refused with every fault, and without the identity number", async () => {
    await using at = await site();
    await using publishing = publisher(at.connection);
    const error = await refusal(
      publishing.publish(
        event({
          subject: "Kari",
          source: "dho",
          dataversion: KARI,
          recordedtime: undefined,
          diagnosis: "J44",
          [`x${KARI}`]: "1",
        }),
      ),
    );
    expect(error).toMatchObject({ code: "invalid-event", retryable: false });
    expect(error.message.split("\n").toSorted()).toEqual(
      [
        "The event is not valid:",
        "  # must have required property 'recordedtime'",
        "  #/? is not an attribute of an event",
        "  #/diagnosis is not an attribute of an event",
        '  #/dataversion must match pattern "^[1-9][0-9]{0,8}$"',
        '  #/source must match pattern "^urn:no:orgnr:[1-9][0-9]{8}:[a-z][a-z0-9-]{0,30}$"',
        '  #/subject must match pattern "^[0-9]{11}$"',
      ].toSorted(),
    );
    expect(containsIdentityNumber(JSON.stringify([error.message, error.faults]))).toBe(false);
    expect(await readLog(at.connection)).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "with wrong control digits",
      { subject: NOBODY },
      "#/subject must be a national identity number with valid control digits",
    ],
    [
      "of another controller",
      { source: "urn:no:orgnr:213456024:dho" },
      `#/source must start with urn:no:orgnr:${CONTROLLER}:`,
    ],
    [
      "of an unknown type",
      { type: "no.hendelsesstrom.measurement.seen.v1" },
      "#/type must be one of: ",
    ],
    [
      "that leads to another resource",
      { dataref: "https://dho.example/fhir/CarePlan/abc" },
      "#/dataref must end in /Observation/<id>",
    ],
    ["at no time", { time: "yesterday" }, "#/time must be a time (RFC 3339)"],
    ["with data", { data: { value: 7 } }, "#/data is not an attribute of an event"],
    [
      "with an identity number in its id",
      { id: KARI },
      "#/id must not contain a national identity number",
    ],
  ])("%s is refused", async (_name, attributes, fault) => {
    await using at = await site();
    await using publishing = publisher(at.connection);
    const error = await refusal(publishing.publish(event(attributes)));
    expect(error.code).toBe("invalid-event");
    expect(error.message).toContain(`\n  ${fault}`);
  });
});

describe("while the broker is away", () => {
  test("an event waits and is stored once when it is back", async () => {
    await using at = await site({ storeDirectory: undefined });
    await using publishing = publisher(at.connection);
    await publishing.publish(event());
    const { storeDirectory, port } = at.nats;
    await at.nats.kill();
    const told = event();
    const waiting = publishing.publish(told);
    await using again = await startTestNats({ storeDirectory, port });
    expect(again.port).toBe(port);
    expect(await waiting).toMatchObject({ sequence: 2 });
    const ids = (await readLog(at.connection)).map((each) => each.event.id);
    expect(ids.filter((id) => id === told.id)).toEqual([told.id]);
  });

  test("publishing gives up at the deadline, and may be repeated", async () => {
    await using at = await site();
    await using publishing = publisher(at.connection, { deadlineMs: 300 });
    await publishing.publish(event());
    const { storeDirectory, port } = at.nats;
    await at.nats.kill();
    const told = event();
    expect(await refusal(publishing.publish(told))).toMatchObject({
      code: "broker-unavailable",
      retryable: true,
    });
    await using again = await startTestNats({ storeDirectory, port });
    expect(again.port).toBe(port);
    await at.connection.reconnect();
    await using patient = publisher(at.connection);
    await patient.publish(told);
    expect(await readLog(at.connection)).toHaveLength(2);
  });

  test("a log that is not there counts as away", async () => {
    await using at = await site({}, false);
    await using publishing = publisher(at.connection, { deadlineMs: 100 });
    expect((await refusal(publishing.publish(event()))).code).toBe("broker-unavailable");
  });
});

test("a user that may not publish is told so at once", async () => {
  const owner = createUser();
  const reader = createUser();
  await using nats = await startTestNats({
    accounts: [
      {
        name: "T",
        jetstream: true,
        users: [
          { nkey: owner.getPublicKey() },
          { nkey: reader.getPublicKey(), permissions: { publish: [], subscribe: ["_INBOX.>"] } },
        ],
      },
    ],
  });
  const connection = await connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(reader.getSeed()),
  });
  await using publishing = publisher(connection);
  expect((await refusal(publishing.publish(event()))).code).toBe("not-permitted");
  await connection.close();
});

test("a publisher that is closed finishes what it has, and takes no more", async () => {
  await using at = await site();
  const publishing = publisher(at.connection);
  const underWay = publishing.publish(event());
  await publishing[Symbol.asyncDispose]();
  expect(await underWay).toMatchObject({ kind: "published" });
  expect((await refusal(publishing.publish(event()))).code).toBe("closed");
});
