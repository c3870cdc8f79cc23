import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Session } from "./sessions.ts";

/** Where a browser may say that a request comes from; older browsers say nothing. */
const OWN_PAGES: readonly unknown[] = ["same-origin", "none", undefined];

/** Whether a form was sent from a page of ours, made for this session. */
export function isOwnForm(request: FastifyRequest, session: Session): boolean {
  if (!OWN_PAGES.includes(request.headers["sec-fetch-site"])) return false;
  const { body } = request;
  const given = body instanceof URLSearchParams ? (body.get("csrf") ?? "") : "";
  return isEqual(given, session.csrf);
}

/** Whether a call was sent by a script of ours: other sites' pages cannot send JSON unasked. */
export function isOwnCall(request: FastifyRequest): boolean {
  const json = /^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "");
  return json && OWN_PAGES.includes(request.headers["sec-fetch-site"]);
}

/** Compares secrets in constant time. */
export function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
