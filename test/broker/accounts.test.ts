import { readFile } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import { nkeyAuthenticator, PermissionViolationError } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import type { AccountConfig, UserConfig } from "#broker/server/account-config";
import { startTestNats } from "../support/nats.ts";
import { connectTo } from "./connect-to.ts";

function newUser(permissions?: UserConfig["permissions"]) {
  const pair = createUser();
  const config: UserConfig = { nkey: pair.getPublicKey(), permissions };
  return { config, logIn: nkeyAuthenticator(pair.getSeed()) };
}

const account = (name: string, ...users: { config: UserConfig }[]): AccountConfig => ({
  name,
  jetstream: true,
  users: users.map(({ config }) => config),
});

/** Does something forbidden and answers what the server said of it. */
async function violation(
  { connection }: Awaited<ReturnType<typeof connectTo>>,
  forbidden: (c: typeof connection) => unknown,
): Promise<string[]> {
  const statuses = connection.status();
  forbidden(connection);
  for await (const status of statuses) {
    if (status.type === "error" && status.error instanceof PermissionViolationError) {
      return [status.error.operation, status.error.subject];
    }
  }
  throw new Error("the connection ended without a word");
}

describe("accounts", () => {
  test("do not see each other's streams and messages, not even under the same names", async () => {
    const [one, two] = [newUser(), newUser()];
    await using server = await startTestNats({
      accounts: [account("ONE", one), account("TWO", two)],
    });
    await using first = await connectTo(server.url, one.logIn);
    await using second = await connectTo(server.url, two.logIn);
    await first.jsm.streams.add({ name: "EVENTS", subjects: ["ev.>"] });
    await first.js.publish("ev.a", "of the first");

    const names: string[] = [];
    for await (const { config } of second.jsm.streams.list()) names.push(config.name);
    expect(names).toEqual([]);
    await expect(second.jsm.streams.info("EVENTS")).rejects.toThrow("stream not found");
    // So the client library says when no stream of the account listens.
    await expect(second.js.publish("ev.a", "of the second")).rejects.toThrow(
      "jetstream is not enabled",
    );
    await second.jsm.streams.add({ name: "EVENTS", subjects: ["ev.>"] });
    await second.js.publish("ev.a", "of the second");
    expect((await first.jsm.streams.info("EVENTS")).state.messages).toBe(1);
    expect((await first.jsm.streams.getMessage("EVENTS", { seq: 1 }))?.string()).toBe(
      "of the first",
    );
  });

  test("without JetStream have none", async () => {
    const user = newUser();
    const accounts = [{ ...account("NONE", user), jetstream: false }];
    await using server = await startTestNats({ accounts });
    await using client = await connectTo(server.url, user.logIn);
    await expect(client.jsm.getAccountInfo()).rejects.toThrow("JetStream not enabled for account");
  });

  test("let nobody in without a key, or with a key that is not theirs", async () => {
    const accounts = [account("ONE", newUser())];
    await using server = await startTestNats({ accounts });
    await expect(connectTo(server.url)).rejects.toThrow("Authorization Violation");
    await expect(connectTo(server.url, newUser().logIn)).rejects.toThrow("Authorization Violation");
  });
});

describe("permissions", () => {
  test("are the only subjects that a user may use, and an empty list is none", async () => {
    const publisher = newUser({ publish: ["ev.>"], subscribe: [] });
    const reader = newUser({ publish: [], subscribe: ["ev.a"] });
    const accounts = [account("ONE", publisher, reader)];
    await using server = await startTestNats({ accounts });
    await using sender = await connectTo(server.url, publisher.logIn);
    await using receiver = await connectTo(server.url, reader.logIn);

    const heard = receiver.connection.subscribe("ev.a", { max: 1 });
    await receiver.connection.flush();
    sender.connection.publish("ev.a", "allowed");
    for await (const message of heard) expect(message.string()).toBe("allowed");

    expect(await violation(sender, (c) => c.publish("other.a"))).toEqual(["publish", "other.a"]);
    expect(await violation(sender, (c) => c.subscribe("ev.a"))).toEqual(["subscription", "ev.a"]);
    expect(await violation(receiver, (c) => c.publish("ev.a"))).toEqual(["publish", "ev.a"]);
    expect(await violation(receiver, (c) => c.subscribe("ev.>"))).toEqual(["subscription", "ev.>"]);
  });
});

describe("a reload", () => {
  test("lets new users in and gone ones out, and keeps the others' connections and streams", async () => {
    const [stays, goes, comes] = [newUser(), newUser(), newUser()];
    await using server = await startTestNats({
      accounts: [account("ONE", stays), account("TWO", goes)],
    });
    await using staying = await connectTo(server.url, stays.logIn);
    await using going = await connectTo(server.url, goes.logIn);
    await staying.jsm.streams.add({ name: "EVENTS", subjects: ["ev.>"] });

    await server.reload([account("ONE", stays), account("THREE", comes)]);
    await going.connection.closed();
    await expect(connectTo(server.url, goes.logIn)).rejects.toThrow("Authorization Violation");
    await using coming = await connectTo(server.url, comes.logIn);
    await coming.jsm.streams.add({ name: "EVENTS", subjects: ["ev.>"] });
    expect((await staying.js.publish("ev.a")).seq).toBe(1);
  });

  test("of several at once takes them one after the other", async () => {
    const users = Array.from({ length: 4 }, () => newUser());
    await using server = await startTestNats({ accounts: [account("A0", ...users.slice(0, 1))] });
    await Promise.all(
      users.map((_, i) =>
        server.reload(users.slice(0, i + 1).map((user, n) => account(`A${n}`, user))),
      ),
    );
    for (const [i, user] of users.entries()) {
      await using client = await connectTo(server.url, user.logIn);
      expect(client.connection.info).toMatchObject({ remote_account: `A${i}` });
    }
  });

  test("that the server refuses is an error with its words, and changes nothing", async () => {
    const user = newUser();
    const accounts = [account("ONE", user)];
    await using server = await startTestNats({ accounts });
    const before = await readFile(server.configFile, "utf8");
    const wrong = [account("ONE", user, { config: { nkey: `U${"A".repeat(55)}` } })];
    await expect(server.reload(wrong)).rejects.toMatchObject({
      code: "reload-refused",
      message: expect.stringContaining("Not a valid public nkey"),
    });
    expect(await readFile(server.configFile, "utf8")).toBe(before);
    await expect(server.reload([])).rejects.toMatchObject({ code: "options-refused" });
    await using client = await connectTo(server.url, user.logIn);
    expect(client.connection.info).toMatchObject({ remote_account: "ONE" });
    await server.reload(accounts);
  });

  test("of a server that has ended is an error, and does not wait", async () => {
    const accounts = [account("ONE", newUser())];
    await using server = await startTestNats({ accounts });
    await server.kill();
    await expect(server.reload(accounts)).rejects.toMatchObject({ code: "reload-refused" });
  });
});
