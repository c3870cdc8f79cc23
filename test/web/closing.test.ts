import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { buildWebServer } from "#web/build-web-server";
import { listen } from "#web/listen";

test("closing does not wait for a connection that has never asked anything", async () => {
  const app = await buildWebServer({ title: "t", version: "1" });
  const { port } = new URL(await listen(app, { host: "127.0.0.1", port: 0 }));
  const silent = connect(Number(port), "127.0.0.1");
  await once(silent, "connect");
  const dropped = once(silent, "close");
  await app.close();
  await dropped;
});

test("closing waits for an answer that is under way", async () => {
  const app = await buildWebServer({ title: "t", version: "1" });
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  app.get("/slow", async () => (asked.resolve(), { text: await answer.promise }));
  const url = await listen(app, { host: "127.0.0.1", port: 0 });
  const response = fetch(`${url}/slow`);
  await asked.promise;
  const closed = app.close();
  answer.resolve("given");
  expect(await (await response).json()).toEqual({ text: "given" });
  await closed;
});
