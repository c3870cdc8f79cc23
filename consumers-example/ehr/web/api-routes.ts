import type { FastifyInstance, FastifyRequest } from "fastify";
import { PROBLEM_MEDIA_TYPE, Problem } from "#schemas/problem";
import type { StoredNotice } from "../notice.ts";
import { lookUpAndKeep } from "./look-up.ts";
import { isEqual, isOwnCall } from "./same-site.ts";
import { sessionOf } from "./session-cookie.ts";
import type { WebParts } from "./web-parts.ts";

const BEARER = /^Bearer (.+)$/;

/**
 * The inbox as JSON. Reading it takes a session, or the demo's script token; a lookup always takes
 * the session of a practitioner who has logged in.
 */
export function apiRoutes(server: FastifyInstance, parts: WebParts): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = error instanceof Problem ? error : new Problem("internal", { cause: error });
    if (problem.code === "internal") request.log.error({ err: error }, "request failed");
    return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(problem.toBody());
  });

  server.get("/api/inbox", async (request) => {
    requireReader(request, parts);
    return parts.inbox.list().map((notice) => describe(notice, parts));
  });

  server.get("/api/status", async (request) => {
    requireReader(request, parts);
    return { tenants: parts.status(), unreadable: parts.inbox.countUnreadable() };
  });

  server.post<{ Params: { id: string } }>("/api/inbox/:id/open", async (request, reply) => {
    const session = sessionOf(request, parts);
    if (session === undefined) throw new Problem("unauthenticated");
    if (!isOwnCall(request)) throw new Problem("unsupported-media-type");
    const { id } = request.params;
    const attempted = await lookUpAndKeep(parts, session, id);
    if (attempted.kind === "impossible") throw new Problem("not-found");
    if (attempted.kind === "done") return attempted.outcome;
    return reply.code(401).send({ kind: "login-needed", login: `/logg-inn?melding=${id}` });
  });
}

function requireReader(request: FastifyRequest, parts: WebParts): void {
  if (sessionOf(request, parts) !== undefined) return;
  const given = BEARER.exec(request.headers.authorization ?? "")?.[1];
  const expected = parts.scriptToken;
  if (given === undefined || expected === undefined || !isEqual(given, expected)) {
    throw new Problem("unauthenticated");
  }
}

/** A notice without names: the patient by the EHR's own id. */
function describe(notice: StoredNotice, { opening }: WebParts): Record<string, unknown> {
  return {
    id: notice.id,
    tenant: notice.tenant,
    eventnumber: String(notice.eventnumber),
    type: notice.type,
    patient: opening.patientOf(notice)?.id ?? null,
    receivedAt: notice.receivedAt,
    recordedtime: notice.recordedtime,
    dataversion: String(notice.dataversion),
    superseded: notice.superseded,
    notAvailable: notice.notAvailable,
    opened: notice.opened,
  };
}
