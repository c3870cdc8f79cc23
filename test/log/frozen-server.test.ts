import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test, type TestContext } from "vitest";
import { publishAtomically } from "#broker/log/atomic-batch";
import { startTestNats } from "../support/nats.ts";

type Context = Pick<TestContext, "onTestFinished">;

async function startServer({ onTestFinished }: Context) {
  const server = await startTestNats();
  const connection = await connect({
    servers: server.url,
    reconnect: true,
    maxReconnectAttempts: -1,
  });
  onTestFinished(async () => {
    server.thaw();
    await connection.close();
    await server[Symbol.asyncDispose]();
  });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "S",
    subjects: ["s.>"],
    allow_atomic: true,
    allow_direct: true,
  });
  return { server, connection, manager };
}

const batch = (expectLast: number) => [
  { subject: "s.d", data: new TextEncoder().encode("x") },
  { subject: "s.rec", data: new TextEncoder().encode("y"), expectLast },
];

// Side by side: each waits for the time that a commit is given.
test.concurrent("a server that does not answer leaves the outcome unknown, and it may be stored after all", async (context) => {
  const { server, connection, manager } = await startServer(context);
  await server.freeze();
  const outcome = await publishAtomically(connection, batch(0));
  expect(outcome.kind).toBe("unknown");
  server.thaw();
  const stored = async (): Promise<number> => (await manager.streams.info("S")).state.messages;
  await context.expect.poll(stored).toBe(2);
  expect(await publishAtomically(connection, batch(0))).toEqual({ kind: "lost-race" });
  expect(await publishAtomically(connection, batch(2))).toEqual({ kind: "committed", sequence: 4 });
}, 15_000);

test.concurrent("so does one that is killed before it has answered", async (context) => {
  const { server, connection } = await startServer(context);
  await server.freeze();
  const under = publishAtomically(connection, batch(0));
  await server.kill();
  expect((await under).kind).toBe("unknown");
}, 15_000);
