import { expect, test } from "vitest";
import { registerHealth } from "#web/health";
import { readJson, startServer } from "./start-server.ts";

const passes = async (): Promise<void> => undefined;
const fails = async (): Promise<void> => {
  throw new Error("cannot reach db.internal as admin");
};
const hangs = (): Promise<void> => new Promise(() => undefined);
const throws = (): Promise<void> => {
  throw new Error("before any promise");
};

type Checks = Parameters<typeof registerHealth>[1]["checks"];

async function ready(checks: Checks): Promise<Response> {
  await using server = await startServer((app) => registerHealth(app, { checks, timeoutMs: 50 }));
  const live = await fetch(`${server.url}/health/live`);
  expect([live.status, await readJson(live)]).toEqual([200, { status: "live" }]);
  const answer = await fetch(`${server.url}/health/ready`);
  const body = await answer.text();
  expect(server.lines.join("")).not.toContain("db.internal");
  return new Response(body, { status: answer.status, headers: answer.headers });
}

test.each<[string, Checks]>([
  ["nothing to check", {}],
  ["all checks passing", { broker: passes, store: passes }],
])("with %s the service is ready", async (_name, checks) => {
  const answer = await ready(checks);
  expect([answer.status, await readJson(answer)]).toEqual([200, { status: "ready" }]);
});

test("what fails, hangs or throws is named, and not why", async () => {
  const answer = await ready({ broker: fails, store: passes, keys: hangs, disk: throws });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await readJson(answer)).toEqual({
    type: "https://hendelsesstrom.example/problems/unavailable",
    title: "The service cannot answer now",
    status: 503,
    detail: "not ready: broker, keys, disk",
    errors: ["broker", "keys", "disk"].map((name) => ({
      pointer: `#/checks/${name}`,
      detail: "is failing",
    })),
  });
});

test("a check that fails late, after its time, harms nothing", async () => {
  const late = Promise.withResolvers<void>();
  const answer = await ready({ late: () => late.promise });
  late.reject(new Error("too late"));
  expect(answer.status).toBe(503);
});
