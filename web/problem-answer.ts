import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Problem, PROBLEM_MEDIA_TYPE, type ProblemCode } from "#schemas/problem";
import { faultsOf } from "#schemas/strict-ajv";
import { describeFailure } from "./describe-failure.ts";
import { noteForLog } from "./request-log.ts";

/** On every answer, unless a handler says otherwise for a public one. */
export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
} as const;

/** The framework's own errors that are the caller's. Any other is ours, and says nothing. */
const CODE_OF_FRAMEWORK_ERROR: Record<string, ProblemCode> = {
  FST_ERR_BAD_URL: "invalid-request",
  FST_ERR_MAX_PARAM_LENGTH: "invalid-request",
  FST_ERR_CTP_EMPTY_JSON_BODY: "invalid-request",
  FST_ERR_CTP_INVALID_JSON_BODY: "invalid-request",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid-request",
  FST_ERR_CTP_BODY_TOO_LARGE: "too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_HANDLER_TIMEOUT: "unavailable",
};

const DETAIL_OF_FRAMEWORK_ERROR: Record<string, string> = {
  FST_ERR_BAD_URL: "the address is not validly encoded",
  FST_ERR_MAX_PARAM_LENGTH: "a part of the address is too long",
  FST_ERR_CTP_EMPTY_JSON_BODY: "the body is empty",
  FST_ERR_CTP_INVALID_JSON_BODY: "the body is not JSON that can be taken",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "the body is not as long as declared",
};

/** Any error as the problem that the caller is told. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!isFrameworkError(error)) return new Problem("internal", { cause: error });
  if (error.validation !== undefined) {
    return new Problem("invalid-request", {
      detail: `the ${error.validationContext ?? "request"} is not as the schema demands`,
      errors: faultsOf(error.validation),
    });
  }
  const code = CODE_OF_FRAMEWORK_ERROR[error.code] ?? "internal";
  const detail = DETAIL_OF_FRAMEWORK_ERROR[error.code];
  return new Problem(code, { cause: error, ...(detail !== undefined && { detail }) });
}

/** By the framework's code only: an error from elsewhere may carry a `statusCode` of its own. */
function isFrameworkError(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith("FST_ERR_")
  );
}

/** The one place where an error becomes an HTTP answer (RFC 9457). */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  const isOurs = problem.status >= 500;
  noteForLog(request, {
    problem: problem.code,
    ...(isOurs && { failure: describeFailure(problem.cause ?? problem) }),
  });
  if (problem.retryAfterSeconds !== undefined) {
    void reply.header("retry-after", String(Math.ceil(problem.retryAfterSeconds)));
  }
  void reply
    .code(problem.status)
    .headers(SECURITY_HEADERS)
    .type(PROBLEM_MEDIA_TYPE)
    // As bytes: to a text the framework would add a character set, which this media type has not.
    .send(Buffer.from(JSON.stringify(problem.toBody())));
}

const CODE_OF_CONNECTION_ERROR: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** Answers what is not even HTTP, on the bare socket, and ends the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(CODE_OF_CONNECTION_ERROR[error.code ?? ""] ?? "invalid-request");
  const body = JSON.stringify(problem.toBody());
  const fields = {
    ...SECURITY_HEADERS,
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n`;
  socket.end(`${status}${head.join("")}\r\n${body}`, () => socket.destroy());
}
