import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { expect, inject, test } from "vitest";
import { connectTo } from "./connect-to.ts";

const PROGRAM = join(import.meta.dirname, "start-and-wait/main.ts");

/** Starts a process that starts a server. Both are gone afterwards, however the test went. */
async function startParent() {
  const child = spawn(process.execPath, [PROGRAM, inject("natsBinary")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(child.stdout)) {
    const [url = "", pid, store = ""] = line.split("\t");
    return {
      child,
      url,
      pid: Number(pid),
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        if (await answers(url)) process.kill(Number(pid), "SIGKILL");
        await rm(store, { recursive: true });
      },
    };
  }
  throw new Error("the parent ended before the server was up");
}

async function answers(url: string): Promise<boolean> {
  const attempt = connectTo(url).then((client) => client[Symbol.asyncDispose]());
  return attempt.then(
    () => true,
    (error: unknown) => !String(error).includes("connection refused"),
  );
}

test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
  "a parent that dies of %s takes its server along",
  async (signal) => {
    await using parent = await startParent();
    await using client = await connectTo(parent.url);
    parent.child.kill(signal);
    // Closed by the server's end; nothing else ends this connection.
    await client.connection.closed();
    expect(await answers(parent.url)).toBe(false);
  },
);

test("also when the server is frozen", async () => {
  await using parent = await startParent();
  await using client = await connectTo(parent.url);
  process.kill(parent.pid, "SIGSTOP");
  parent.child.kill("SIGKILL");
  await client.connection.closed();
  expect(await answers(parent.url)).toBe(false);
});

test("Ctrl-C, a signal to the whole group, leaves the end of the server to the parent", async () => {
  await using parent = await startParent();
  // A process is the first of a group of its own, or there is no group of that number.
  expect(() => process.kill(-parent.pid, 0)).not.toThrow();
});
