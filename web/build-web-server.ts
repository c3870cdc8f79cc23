import { randomUUID } from "node:crypto";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "#schemas/problem";
import { createAllowedMethods } from "./allowed-methods.ts";
import { acceptJsonBodies } from "./json-body.ts";
import { describeApi } from "./openapi.ts";
import { answerBrokenRequest, answerError, SECURITY_HEADERS } from "./problem-answer.ts";
import { logWhenOver } from "./request-log.ts";
import { schemaValidation } from "./schema-validation.ts";

/** Largest body unless said otherwise: a batch of a hundred events, with room. */
const BODY_LIMIT_BYTES = 256 * 1024;

/** How long a whole request may take to arrive, in milliseconds: slow senders hold a connection. */
const REQUEST_TIMEOUT_MS = 10_000;

/** All header fields together: a token with an attestation, its proof, and some. */
const MAX_HEADER_BYTES = 24 * 1024;

/** Longest part of a path that stands for a parameter: opaque references and cursors. */
const MAX_PARAM_CHARS = 256;

/** What a caller is told to wait while the server is going down, in seconds. */
const RETRY_AFTER_CLOSING_SECONDS = 2;

/** While closing, how often it is looked whether all answers are given. */
const SWEEP_MS = 20;

export type WebServerOptions = {
  readonly title: string;
  readonly version: string;
  /** Nothing is logged without one. */
  readonly logger?: FastifyBaseLogger;
  readonly bodyLimitBytes?: number;
  readonly requestTimeoutMs?: number;
};

/**
 * A server with the project's conventions and no routes but `GET /openapi.json`: strict schemas,
 * problems for every error, safe headers, one log line per request. Routes are added by the caller,
 * who closes it; closing waits for answers under way, so long ones must end themselves (`preClose`).
 */
export async function buildWebServer(options: WebServerOptions): Promise<FastifyInstance> {
  const app = createServer(options);
  app.setValidatorCompiler(schemaValidation(app));
  // The framework's own serialiser silently drops what a schema does not list.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => Promise.reject(new Problem("not-found")));
  acceptJsonBodies(app);
  addHooks(app);
  await describeApi(app, options);
  return app;
}

function createServer(options: WebServerOptions): FastifyInstance {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  return Fastify({
    ...(options.logger && { loggerInstance: options.logger }),
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    genReqId: () => randomUUID(),
    bodyLimit: options.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestTimeout,
    http: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: requestTimeout / 2,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      logWhenOver(request, reply);
      answerError(error, request, reply);
    },
  });
}

/** Runs before anything of a body is read, and for unknown paths too. */
function addHooks(app: FastifyInstance): void {
  const allowedMethods = createAllowedMethods();
  let isClosing = false;
  let underWay = 0;
  app.addHook("onRoute", (route) => allowedMethods.add(route));
  app.addHook("preClose", async () => {
    isClosing = true;
    closeConnectionsWhenAnswered(app, () => underWay);
  });
  app.addHook("onRequest", async (request, reply) => {
    underWay += 1;
    reply.raw.once("close", () => (underWay -= 1));
    logWhenOver(request, reply);
    void reply.headers({ ...SECURITY_HEADERS, "x-request-id": request.id });
    if (isClosing) {
      throw new Problem("unavailable", { retryAfterSeconds: RETRY_AFTER_CLOSING_SECONDS });
    }
    if (namesNothing(request)) throw new Problem("not-found");
    if (!request.is404) return;
    const [path = ""] = request.url.split("?", 1);
    const allowed = allowedMethods.at(path);
    if (allowed.length === 0) throw new Problem("not-found");
    void reply.header("allow", allowed.join(", "));
    throw new Problem("method-not-allowed");
  });
}

/** The router lets `/things/:id` take `/things/`, with nothing as the id. */
function namesNothing({ params }: FastifyRequest): boolean {
  return Object.entries(Object(params)).some(([name, value]) => name !== "*" && value === "");
}

/** Closing would wait for ever for a connection that is open and has never asked anything. */
function closeConnectionsWhenAnswered(app: FastifyInstance, underWay: () => number): void {
  const sweep = setInterval(() => {
    if (underWay() === 0) app.server.closeAllConnections();
  }, SWEEP_MS);
  app.server.once("close", () => clearInterval(sweep));
}
