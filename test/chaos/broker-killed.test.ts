import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, inject, onTestFinished, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNatsServer } from "#broker/server/start-nats-server";
import { newNatsUser } from "#deploy/site/credentials";
import { tenantAccount } from "#deploy/site/nats-accounts";
import { MUNICIPALITY, PATIENTS } from "#deploy/site/parties";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { ensureTenantStreams } from "#subscription-service/streams/tenant-streams";
import { produce } from "../support/produce.ts";
import { measurementEvent } from "../support/story.ts";

const EVENTS = 3000;
const KILL_AT = [500, 1200, 2000];
const MEGABYTE = 1024 * 1024;

test("kill -9 of nats-server under load: nothing acknowledged is missing, nothing is there twice", async () => {
  const storeDirectory = await mkdtemp(join(tmpdir(), "hendelsesstrom-broker-killed-"));
  onTestFinished(() => rm(storeDirectory, { recursive: true, force: true }));
  const [service, source] = [newNatsUser(), newNatsUser()];
  const options = {
    binary: inject("natsBinary"),
    accounts: [tenantAccount(MUNICIPALITY.number, service, source)],
    storeDirectory,
    encryptionKey: "the-same-key-at-each-start-of-the-store",
  };
  let server = await startNatsServer(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(service.seed));
  const connection = await connect({
    servers: server.url,
    authenticator,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  await ensureTenantStreams(manager, { replicas: 1, maxBytes: 64 * MEGABYTE });

  const events = Array.from({ length: EVENTS }, () =>
    measurementEvent(MUNICIPALITY.number, PATIENTS.ola.identityNumber),
  );
  const acknowledged = new Set<string>();
  let kills = Promise.resolve();
  const restart = async (): Promise<void> => {
    await server.kill();
    server = await startNatsServer({ ...options, port: server.port });
  };
  await produce(connection, events, {
    keys: deriveTenantKeys(new Uint8Array(32)),
    onAcknowledged: (event) => {
      acknowledged.add(event["id"] ?? "");
      if (!KILL_AT.includes(acknowledged.size)) return;
      kills = kills.then(restart);
    },
  });
  await kills;

  const stored: string[] = [];
  const { state } = await manager.streams.info("EVENTS");
  for await (const message of await manager.direct.getBatch("EVENTS", {
    seq: 1,
    batch: EVENTS * 2,
  }))
    stored.push(message.json<{ id: string }>().id);
  expect(acknowledged.size).toBe(EVENTS);
  expect(state.messages).toBe(stored.length);
  expect([...acknowledged].filter((id) => !stored.includes(id))).toEqual([]);
  expect(stored).toHaveLength(new Set(stored).size);
}, 60_000);
