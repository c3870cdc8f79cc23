import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { startServer } from "./start-server.ts";

test("closing lets an answer under way finish, and turns new requests away", async () => {
  const arrived = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<string>();
  const mayClose = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<void>();
  const secondOver = Promise.withResolvers<void>();
  await using server = await startServer((app) => {
    app.get("/slow", () => {
      arrived.resolve();
      return mayAnswer.promise;
    });
    app.get("/quick", () => "quick");
    app.addHook("onSend", async (request) => {
      if (request.url === "/quick") secondOver.resolve();
    });
    app.addHook("preClose", async () => {
      closing.resolve();
      await mayClose.promise;
    });
  });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answers = "";
  socket.setEncoding("utf8").on("data", (part: string) => (answers += part));
  await once(socket, "connect");
  socket.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
  await arrived.promise;
  const closed = server.app.close();
  await closing.promise;
  socket.write("GET /quick HTTP/1.1\r\nhost: x\r\n\r\n");
  await secondOver.promise;
  mayAnswer.resolve("slow");
  await vi.waitFor(() => expect(answers).toContain("problems/unavailable"));
  mayClose.resolve();
  await closed;
  expect(answers).toMatch(
    /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nslowHTTP\/1\.1 503 .*retry-after: 2\r\n/s,
  );
  socket.destroy();
});
