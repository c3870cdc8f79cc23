import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { Problem } from "#schemas/problem";
import { describeFailure } from "#web/describe-failure";
import { createLogger } from "#web/logger";
import { startServer } from "./start-server.ts";

const SECRET = "15847000160";

test("one line per request, with the route's template and without anything that was sent", async () => {
  await using server = await startServer((app) => {
    app.post("/patients/:id/things", (_request, reply) => reply.code(201).send({ secret: SECRET }));
  });
  await fetch(`${server.url}/patients/${SECRET}/things?q=${SECRET}`, {
    method: "POST",
    body: JSON.stringify({ secret: SECRET }),
    headers: { "content-type": "application/json", "x-secret": SECRET, authorization: SECRET },
  });
  await vi.waitFor(() => expect(server.requestLines()).toHaveLength(1));
  expect(server.requestLines()).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      name: "test",
      msg: "request",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      method: "POST",
      route: "/patients/:id/things",
      status: 201,
      durationMs: expect.any(Number),
    },
  ]);
  expect(server.lines.join("")).not.toContain(SECRET);
});

test("an unknown address has no route, and its problem is named", async () => {
  await using server = await startServer(() => undefined);
  await fetch(`${server.url}/${SECRET}`);
  await fetch(`${server.url}/%zz${SECRET}`);
  await vi.waitFor(() => expect(server.requestLines()).toHaveLength(2));
  expect(server.requestLines()).toMatchObject([
    { route: null, status: 404, problem: "not-found" },
    { route: null, status: 400, problem: "invalid-request" },
  ]);
  expect(server.lines.join("")).not.toContain(SECRET);
});

test("a failure is logged as an error with its place and kind, without its message", async () => {
  await using server = await startServer((app) => {
    app.get("/fails", () => {
      throw new RangeError(SECRET, { cause: Object.assign(new Error(SECRET), { code: "E_ROW" }) });
    });
    app.get("/unavailable", () => {
      throw new Problem("unavailable", { cause: new TypeError(SECRET) });
    });
  });
  await fetch(`${server.url}/fails`);
  await fetch(`${server.url}/unavailable`);
  await vi.waitFor(() => expect(server.requestLines()).toHaveLength(2));
  expect(server.requestLines()).toMatchObject([
    {
      level: 50,
      status: 500,
      problem: "internal",
      failure: {
        name: "RangeError",
        frames: expect.arrayContaining([expect.stringContaining("request-log.test.ts")]),
        cause: { name: "Error", code: "E_ROW" },
      },
    },
    { level: 50, status: 503, problem: "unavailable", failure: { name: "TypeError" } },
  ]);
  expect(server.lines.join("")).not.toContain(SECRET);
});

test("a caller that goes away is logged too, once", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await startServer((app) => {
    app.get("/waits", () => {
      arrived.resolve();
      return new Promise(() => undefined);
    });
  });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("GET /waits HTTP/1.1\r\nhost: x\r\n\r\n");
  await arrived.promise;
  socket.destroy();
  await vi.waitFor(() => expect(server.requestLines()).toHaveLength(1));
  expect(server.requestLines()).toMatchObject([{ route: "/waits", aborted: true }]);
});

test("a logger redacts secrets and keeps errors' messages out, whoever logs them", () => {
  const lines: string[] = [];
  const logger = createLogger({
    name: "x",
    level: "info",
    destination: { write: (line: string) => void lines.push(line) },
  });
  logger.info(
    { authorization: SECRET, headers: { dpop: SECRET }, a: { b: { token: SECRET } } },
    "one",
  );
  logger.error(new Error(SECRET));
  logger.error({ err: new Error(SECRET) });
  logger.error(new Error(SECRET), "known %s", "thing");
  logger.debug("not at this level");
  expect(lines).toHaveLength(4);
  expect(lines.join("")).not.toContain(SECRET);
  expect(lines.map((line) => Object(JSON.parse(line)).msg)).toEqual([
    "one",
    "failure",
    "failure",
    "known thing",
  ]);
});

test("a failure's frames are frames only, also when its message looks like one", () => {
  const error = new Error(`x\n    at ${SECRET}:1:1`);
  expect(JSON.stringify(describeFailure(error))).not.toContain(SECRET);
  expect(describeFailure(error).frames.length).toBeGreaterThan(0);
  expect(describeFailure(SECRET)).toEqual({ name: "string", frames: [] });
});

test("causes are followed only so far", () => {
  const loop = new Error("a");
  loop.cause = loop;
  const text = JSON.stringify(describeFailure(loop));
  expect(text.match(/"cause"/g)).toHaveLength(4);
});
