import type { FastifyInstance } from "fastify";
import { buildWebServer, type WebServerOptions } from "#web/build-web-server";
import { listen } from "#web/listen";
import { createLogger } from "#web/logger";

/** A real server on a free port, with its log lines at hand. */
export async function startServer(
  addRoutes: (app: FastifyInstance) => void,
  options: Partial<WebServerOptions> = {},
) {
  const lines: string[] = [];
  const logger = createLogger({
    name: "test",
    level: "trace",
    destination: { write: (line: string) => void lines.push(line) },
  });
  const app = await buildWebServer({ title: "Test", version: "1.0.0", logger, ...options });
  addRoutes(app);
  const url = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    app,
    url,
    lines,
    /** The lines of requests, parsed. */
    requestLines: () => lines.map(parse).filter(({ msg }) => msg === "request"),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return { ...Object(value) };
}

export async function readJson(answer: Response): Promise<Record<string, unknown>> {
  const body: unknown = await answer.json();
  return { ...Object(body) };
}
