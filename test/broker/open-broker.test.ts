import { once } from "node:events";
import { createServer } from "node:net";
import { createUser } from "@nats-io/nkeys";
import { nkeyAuthenticator } from "@nats-io/transport-node";
import { describe, expect, inject, test } from "vitest";
import { openBroker, type OpenBrokerOptions } from "#broker/server/open-broker";
import { sharedNats, startTestNats } from "../support/nats.ts";
import { connectTo } from "./connect-to.ts";

const running = sharedNats();

function options(config: Partial<OpenBrokerOptions["config"]>) {
  const reported: string[] = [];
  return {
    config: { natsUrl: undefined, natsServerBin: undefined, searchPath: "", ...config },
    report: (line: string) => void reported.push(line),
    reported,
  };
}

/** Greets like a nats-server with these properties and answers pings. */
async function greeter(info: object): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(`INFO ${JSON.stringify({ server_id: "N", max_payload: 1024, ...info })}\r\n`);
    socket.on("data", (data) => data.includes("PING") && socket.write("PONG\r\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not on TCP");
  const url = `nats://127.0.0.1:${address.port}`;
  return { url, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("a broker", () => {
  test("is started from the program that was found, and ends with its disposal", async () => {
    const given = options({ natsServerBin: inject("natsBinary") });
    let url: string;
    {
      await using broker = await openBroker(given);
      url = broker.url;
      await using client = await connectTo(broker.url);
      expect(client.connection.info?.version).toBe(broker.version);
      expect(given.reported.join()).toMatch(/^nats-server \d+\.\d+\.\d+ from NATS_SERVER_BIN: /);
    }
    await expect(connectTo(url)).rejects.toThrow("connection refused");
  });

  test("is the running one that NATS_URL names, which is checked and left running", async () => {
    const server = await running();
    const given = options({ natsUrl: server.url });
    {
      await using broker = await openBroker(given);
      expect(broker).toMatchObject({ url: server.url, server: undefined });
      expect(given.reported).toEqual([
        `nats-server: the running one at ${server.url} (NATS_URL)`,
        `nats-server: ${broker.version}, with JetStream`,
      ]);
    }
    await using client = await connectTo((await running()).url);
    expect(client.connection.info?.server_id).toBeDefined();
  });

  test("may ask for a login, and its user need not have the right to ask for figures", async () => {
    const pair = createUser();
    const permissions = { publish: ["ev.>"], subscribe: ["_INBOX.>"] };
    const users = [{ nkey: pair.getPublicKey(), permissions }];
    await using server = await startTestNats({
      accounts: [{ name: "ONE", jetstream: true, users }],
    });
    const given = options({ natsUrl: server.url });
    await using broker = await openBroker({
      ...given,
      authenticator: nkeyAuthenticator(pair.getSeed()),
    });
    expect(broker.url).toBe(server.url);
    await expect(openBroker(given)).rejects.toMatchObject({
      code: "nats-server-unusable",
      message: expect.stringContaining("Authorization Violation"),
    });
  });

  test("whose account has no JetStream is refused", async () => {
    const pair = createUser();
    const users = [{ nkey: pair.getPublicKey() }];
    await using server = await startTestNats({
      accounts: [{ name: "ONE", jetstream: false, users }],
    });
    const given = options({ natsUrl: server.url });
    await expect(
      openBroker({ ...given, authenticator: nkeyAuthenticator(pair.getSeed()) }),
    ).rejects.toThrow(`The nats-server at ${server.url} has no JetStream for this user's account`);
  });

  test.each([
    [
      { version: "2.11.9", jetstream: true },
      "is version 2.11.9, and 2.12.0 is the oldest that will do",
    ],
    [{ version: "2.15.1" }, "has JetStream turned off"],
  ])("that greets with %j is refused", async (info, reason) => {
    await using server = await greeter(info);
    await expect(openBroker(options({ natsUrl: server.url }))).rejects.toMatchObject({
      code: "nats-server-unusable",
      message: `The nats-server at ${server.url} ${reason}`,
    });
  });

  test("that does not run is refused", async () => {
    await using server = await startTestNats();
    await server.kill();
    await expect(openBroker(options({ natsUrl: server.url }))).rejects.toThrow(
      `The nats-server at ${server.url} cannot be used: connection refused`,
    );
  });
});
