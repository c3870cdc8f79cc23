import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { WebhookReceiver } from "../../client/webhook-receiver.ts";
import { webhookRoutes } from "../../client/webhook-routes.ts";
import { apiRoutes } from "./api-routes.ts";
import { loginRoutes } from "./login-routes.ts";
import { pageRoutes } from "./page-routes.ts";
import { sendMessage } from "./send-page.ts";
import { STYLE } from "./style.ts";
import type { WebParts } from "./web-parts.ts";

/** Forms hold a token and nothing else. */
const MAX_BODY_BYTES = 16 * 1024;

/** A request that has not arrived by then is given up. */
const REQUEST_TIMEOUT_MS = 10_000;

const FORM = "application/x-www-form-urlencoded";

export type EhrServerOptions = {
  readonly parts: WebParts;
  readonly receiver: WebhookReceiver;
  readonly log: FastifyBaseLogger;
};

/** The EHR's web server: pages, JSON, webhooks and health on one port. */
export function buildEhrServer({ parts, receiver, log }: EhrServerOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: log,
    // Fastify's own lines hold addresses, and with them the login's code
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  server.addContentTypeParser(FORM, { parseAs: "string" }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  );
  addSecurityHeaders(server, parts);
  logRoutes(server);
  server.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, "request failed");
    return sendMessage(reply.code(status), parts, { title: "Noe gikk galt" });
  });
  server.setNotFoundHandler((_request, reply) =>
    sendMessage(reply.code(404), parts, { title: "Finner ikke siden" }),
  );
  server.get("/stil.css", (_request, reply) => reply.type("text/css; charset=utf-8").send(STYLE));
  addHealth(server, parts);
  void server.register(webhookRoutes(receiver));
  void server.register(async (scope) => apiRoutes(scope, parts));
  loginRoutes(server, parts);
  pageRoutes(server, parts);
  return server;
}

function addSecurityHeaders(server: FastifyInstance, { issuerOrigin }: WebParts): void {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    `form-action 'self' ${issuerOrigin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  server.addHook("onSend", async (_request, reply) => {
    void reply.headers({
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  });
}

/** Which route, never the address itself. */
function logRoutes(server: FastifyInstance): void {
  server.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? "none",
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
  });
}

function addHealth(server: FastifyInstance, { status }: WebParts): void {
  server.get("/health/live", async () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const ready = status().every((tenant) => tenant.ready);
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "setting-up" });
  });
}

function statusOf(error: unknown): number {
  const status: unknown =
    typeof error === "object" && error !== null && "statusCode" in error
      ? error.statusCode
      : undefined;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}
