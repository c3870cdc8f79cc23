import { connect } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProblemBody } from "#schemas/problem";
import { strictAjv } from "#schemas/strict-ajv";
import { startServer } from "./start-server.ts";

const isProblem = strictAjv().compile(ProblemBody);
let server: Awaited<ReturnType<typeof startServer>>;
let url: string;

beforeAll(async () => {
  server = await startServer(() => undefined);
  url = server.url;
});

afterAll(() => server.app.close());

/** Sends bytes as they are and gives back all that is answered. */
async function sendRaw(to: string, text: string): Promise<string> {
  const { hostname, port } = new URL(to);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("utf8").on("data", (part: string) => (answer += part));
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  socket.write(text);
  await once(socket, "close");
  return answer;
}

describe("what is hardly HTTP", () => {
  test("is answered with a problem on the bare socket", async () => {
    const answer = await sendRaw(url, "NONSENSE\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain("content-type: application/problem+json\r\n");
    expect(answer).toContain("cache-control: no-store\r\n");
    const body: unknown = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
    expect(isProblem(body)).toBe(true);
  });

  test("with huge header fields is refused: 431", async () => {
    const head = `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(30_000)}\r\n\r\n`;
    expect(await sendRaw(url, head)).toMatch(/^HTTP\/1\.1 431 .*headers-too-large/s);
  });

  test.each([
    ["whose header never ends", "GET /things HT"],
    [
      "whose body never comes",
      "POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n",
    ],
  ])("%s is refused: 408", async (_name, text) => {
    await using slow = await startServer((app) => app.post("/things", () => ({})), {
      requestTimeoutMs: 200,
    });
    expect(await sendRaw(slow.url, text)).toMatch(/^HTTP\/1\.1 408 .*request-timeout/s);
  });
});
