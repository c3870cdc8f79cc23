import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { readCookie, setCookie } from "./cookies.ts";
import type { Session } from "./sessions.ts";
import type { WebParts } from "./web-parts.ts";

/** HelseID's own login may take this long, in seconds. */
const LOGIN_COOKIE_SECONDS = 600;

const DISTINCT_CHARS = 8;

/**
 * Cookies do not keep ports apart: two EHRs on one machine would take each other's, were they not
 * named after where they are.
 */
function nameOf(kind: string, publicUrl: string): string {
  const place = createHash("sha256").update(publicUrl).digest("hex").slice(0, DISTINCT_CHARS);
  return `ehr_${kind}_${place}`;
}

function secure(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}

/** The session that a request belongs to. */
export function sessionOf(request: FastifyRequest, parts: WebParts): Session | undefined {
  const name = nameOf("session", parts.publicUrl());
  return parts.sessions.find(readCookie(request.headers.cookie, name));
}

export function giveSession(reply: FastifyReply, parts: WebParts, session: Session): void {
  const url = parts.publicUrl();
  const options = { secure: secure(url) };
  void reply.header("set-cookie", setCookie(nameOf("session", url), session.key, options));
}

export function takeSessionAway(reply: FastifyReply, parts: WebParts): void {
  const url = parts.publicUrl();
  const options = { secure: secure(url), maxAge: 0 };
  void reply.header("set-cookie", setCookie(nameOf("session", url), "", options));
}

/** What a browser must show when it comes back from HelseID. */
export function loginKeyOf(request: FastifyRequest, parts: WebParts): string | undefined {
  return readCookie(request.headers.cookie, nameOf("login", parts.publicUrl()));
}

export function giveLoginKey(reply: FastifyReply, parts: WebParts, key: string): void {
  const url = parts.publicUrl();
  const options = { secure: secure(url), maxAge: LOGIN_COOKIE_SECONDS };
  void reply.header("set-cookie", setCookie(nameOf("login", url), key, options));
}
