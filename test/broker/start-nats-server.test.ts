import { once } from "node:events";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { startNatsServer } from "#broker/server/start-nats-server";
import { connectTo } from "./connect-to.ts";
import { startTestNats, uniqueName } from "../support/nats.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function listen(host: string): Promise<{ port: number; server: Server } & AsyncDisposable> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not on TCP");
  return { port: address.port, server, [Symbol.asyncDispose]: async () => void server.close() };
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connectSocket({ host, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("a started server", () => {
  test("has JetStream, and its temporary store goes with it", async () => {
    await using server = await startTestNats();
    await using client = await connectTo(server.url);
    expect(client.connection.info?.jetstream).toBe(true);
    expect(client.connection.info?.max_payload).toBe(1024 * 1024);
    await server[Symbol.asyncDispose]();
    await expect(stat(server.storeDirectory)).rejects.toThrow("ENOENT");
    expect(await accepts("127.0.0.1", server.port)).toBe(false);
  });

  test("can be reached on 127.0.0.1 and on no other address of this machine", async () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const candidates = ["127.0.0.2", ...own.map(({ address }) => address)].filter(
      (a) => a !== "127.0.0.1",
    );
    // What a server for all addresses can be reached at shows which of them the test can judge by.
    await using everywhere = await listen("::");
    const judged: string[] = [];
    for (const host of candidates) if (await accepts(host, everywhere.port)) judged.push(host);
    expect(judged.length).toBeGreaterThan(0);

    await using server = await startTestNats();
    expect(await accepts("127.0.0.1", server.port)).toBe(true);
    for (const host of judged)
      expect({ host, accepts: await accepts(host, server.port) }).toEqual({ host, accepts: false });
  });

  test("keeps what it acknowledged, through kill, stop and start on the same store and port", async () => {
    await using folder = await temporaryFolder();
    const stream = uniqueName("KEPT");
    let port: number | undefined;
    const stored = [];
    for (const [i, end] of (["kill", "stop", "kill"] as const).entries()) {
      await using server = await startTestNats({ storeDirectory: folder.path, port });
      if (port !== undefined) expect(server.port).toBe(port);
      port = server.port;
      await using client = await connectTo(server.url);
      if (i === 0) await client.jsm.streams.add({ name: stream, subjects: [`${stream}.>`] });
      stored.push((await client.js.publish(`${stream}.a`, `message ${i}`)).seq);
      await server[end]();
      expect(await accepts("127.0.0.1", port)).toBe(false);
    }
    expect(stored).toEqual([1, 2, 3]);
    await using server = await startTestNats({ storeDirectory: folder.path, port });
    await using client = await connectTo(server.url);
    const messages = await Promise.all(
      [1, 2, 3].map((seq) => client.jsm.streams.getMessage(stream, { seq })),
    );
    expect(messages.map((message) => message?.string())).toEqual([
      "message 0",
      "message 1",
      "message 2",
    ]);
  });

  test("answers nothing while frozen, goes on when thawed, and can be stopped while frozen", async () => {
    await using server = await startTestNats();
    await using client = await connectTo(server.url);
    await server.freeze();
    let answered = false;
    const flushed = client.connection.flush().then(() => (answered = true));
    // A connection is accepted by the kernel, and is given no greeting by the frozen server.
    const attempt = connect({ servers: server.url, reconnect: false, timeout: 200 });
    await expect(attempt).rejects.toThrow("timeout");
    expect(answered).toBe(false);
    server.thaw();
    await flushed;
    await server.freeze();
    await server.stop();
    expect(await accepts("127.0.0.1", server.port)).toBe(false);
    await server.kill();
  });

  test("is refused a store on which another one runs, frozen or not, and not one that was killed", async () => {
    await using folder = await temporaryFolder();
    await using first = await startTestNats({ storeDirectory: folder.path });
    const second = () => startTestNats({ storeDirectory: folder.path });
    await expect(second()).rejects.toMatchObject({ code: "store-in-use" });
    await first.freeze();
    await expect(second()).rejects.toThrow(
      `A nats-server (process ${first.pid}) already runs on the store ${folder.path}`,
    );
    await first.kill();
    await using third = await second();
    expect(await readdir(`${folder.path}/ports`)).toEqual([`nats-server_${third.pid}.ports`]);
  });

  test("takes a store whose last server is gone, though its process id or its port is in use again", async () => {
    await using folder = await temporaryFolder();
    const ports = join(folder.path, "ports");
    await mkdir(ports);
    await using other = await listen("127.0.0.1");
    await using gone = await startTestNats();
    await gone.kill();
    const left = (pid: number, port: number) =>
      writeFile(join(ports, `nats-server_${pid}.ports`), `{"nats":["nats://127.0.0.1:${port}"]}`);
    await left(process.pid, gone.port);
    await left(gone.pid, other.port);
    await using server = await startTestNats({ storeDirectory: folder.path });
    expect(await readdir(ports)).toEqual([`nats-server_${server.pid}.ports`]);
  });

  test("syncs always unless told otherwise", async () => {
    await using server = await startTestNats();
    await using lazy = await startTestNats({ syncInterval: "default" });
    expect(await readFile(server.configFile, "utf8")).toContain('sync_interval: "always"');
    expect(await readFile(lazy.configFile, "utf8")).not.toContain("sync_interval");
  });
});

describe("a server that does not come up", () => {
  test("because its port is taken says so, in its own words", async () => {
    await using taken = await listen("127.0.0.1");
    await expect(startTestNats({ port: taken.port })).rejects.toMatchObject({
      code: "not-started",
      message: expect.stringMatching(/ended while it started[^]*address already in use/),
    });
  });

  test("because of its configuration says so, in its own words", async () => {
    // The right form with a wrong check sum: only the server can see it.
    const accounts = [{ name: "A", jetstream: true, users: [{ nkey: `U${"A".repeat(55)}` }] }];
    await expect(startTestNats({ accounts })).rejects.toMatchObject({
      code: "not-started",
      message: expect.stringMatching(/ended while it started[^]*Not a valid public nkey/),
    });
  });

  test("because there is no such program says so", async () => {
    const started = startNatsServer({ binary: "/no/such/nats-server" });
    await expect(started).rejects.toMatchObject({
      code: "not-started",
      message:
        "/no/such/nats-server could not be started: Error: spawn /no/such/nats-server ENOENT",
    });
  });

  test("says only what it logged this time", async () => {
    await using folder = await temporaryFolder();
    const storeDirectory = folder.path;
    await using taken = await listen("127.0.0.1");
    await expect(startTestNats({ storeDirectory, port: taken.port })).rejects.toThrow(
      "address already in use",
    );
    const accounts = [{ name: "A", jetstream: true, users: [{ nkey: `U${"A".repeat(55)}` }] }];
    await expect(startTestNats({ storeDirectory, accounts })).rejects.not.toThrow(
      "address already in use",
    );
  });

  test("leaves no temporary store behind", async () => {
    await using taken = await listen("127.0.0.1");
    const error: unknown = await startTestNats({ port: taken.port }).catch(
      (thrown: unknown) => thrown,
    );
    const [folder] = /\/[^\s"]*hendelsesstrom-nats-[^/\s"]+/.exec(String(error)) ?? [];
    expect(folder).toBeDefined();
    await expect(stat(folder ?? "/")).rejects.toThrow("ENOENT");
  });
});
