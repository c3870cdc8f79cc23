import type { FastifyReply, FastifyRequest } from "fastify";
import type { ProblemCode } from "#schemas/problem";
import type { Failure } from "./describe-failure.ts";

export type RequestNotes = {
  readonly clientId?: string;
  readonly problem?: ProblemCode;
  /** Why: from a fixed vocabulary, never what the caller sent. */
  readonly reason?: string;
  readonly failure?: Failure;
};

const notes = new WeakMap<FastifyRequest, RequestNotes>();

/** Adds to what the request's log line will say. */
export function noteForLog(request: FastifyRequest, more: RequestNotes): void {
  notes.set(request, { ...notes.get(request), ...more });
}

/**
 * Writes one line when the request is over, however it ends. It has the route's template and never
 * the address itself, no header field and nothing of a body.
 */
export function logWhenOver(request: FastifyRequest, reply: FastifyReply): void {
  const startedAt = performance.now();
  reply.raw.once("close", () => {
    const { statusCode: status, writableFinished } = reply.raw;
    const line = {
      method: request.method,
      route: request.is404 ? null : (request.routeOptions.url ?? null),
      status,
      durationMs: Math.round((performance.now() - startedAt) * 1000) / 1000,
      ...(!writableFinished && { aborted: true }),
      ...notes.get(request),
    };
    if (status >= 500) request.log.error(line, "request");
    else request.log.info(line, "request");
  });
}
