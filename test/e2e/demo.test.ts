import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("the demonstration plays once, ends by itself, and prints what it counted as its last line", async () => {
  const { stdout } = await run(process.execPath, ["demo/main.ts", "--once"]);
  const summary: unknown = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  expect(summary).toEqual({
    published: 12,
    notified: 17,
    lookedUp: 3,
    refused: 18,
    latencyMs: { p50: expect.any(Number), p99: expect.any(Number) },
  });
}, 60_000);
