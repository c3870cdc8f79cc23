import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SUBSCRIBE_SCOPE } from "../../client/tenant-api.ts";
import { html } from "./html.ts";
import { lookUpAndKeep } from "./look-up.ts";
import { sendMessage } from "./send-page.ts";
import type { LoginPurpose } from "./pending-logins.ts";
import { isOwnForm } from "./same-site.ts";
import * as cookie from "./session-cookie.ts";
import type { Session } from "./sessions.ts";
import type { WebParts } from "./web-parts.ts";

const CALLBACK_PATH = "/innlogging/tilbake";

/** Logging in and out. */
export function loginRoutes(server: FastifyInstance, parts: WebParts): void {
  server.get<{ Querystring: { melding?: string } }>("/logg-inn", async (request, reply) => {
    const session = cookie.sessionOf(request, parts);
    const { melding } = request.query;
    if (session === undefined || typeof melding !== "string") return beginLogin(reply, parts);
    const purpose = purposeOf(parts, session, { notice: melding, lookup: false });
    return purpose === undefined
      ? sendMessage(reply.code(404), parts, { title: "Finner ikke meldingen" })
      : beginLogin(reply, parts, purpose);
  });

  server.get(CALLBACK_PATH, (request, reply) => completeLogin(request, reply, parts));

  server.post("/logg-ut", async (request, reply) => {
    const session = cookie.sessionOf(request, parts);
    if (session === undefined || !isOwnForm(request, session)) return reply.redirect("/", 303);
    parts.sessions.end(session.key);
    cookie.takeSessionAway(reply, parts);
    // else the next one at this desk would come in as this practitioner, without being asked
    const url = await parts.login.logoutUrl();
    return reply.redirect(url?.href ?? "/", 303);
  });
}

/** A login that gives a token for one notice's patient, with the decision behind it recorded. */
export function purposeOf(
  { inbox, opening }: WebParts,
  session: Session,
  { notice: id, lookup }: { notice: string; lookup: boolean },
): LoginPurpose | undefined {
  const notice = inbox.get(id);
  const need = notice && opening.need(notice);
  if (notice === undefined || need === undefined) return undefined;
  const practitioner = session.practitioner.subject;
  return {
    notice: id,
    patient: need.patient.id,
    scope: need.scope,
    attestation: opening.attest(notice, need, practitioner),
    practitioner,
    lookup,
  };
}

/** Sends the browser to HelseID. Just to come in, any scope of ours does; that token is dropped. */
export async function beginLogin(
  reply: FastifyReply,
  parts: WebParts,
  purpose?: LoginPurpose,
): Promise<FastifyReply> {
  const begun = await parts.login.begin({
    scope: purpose?.scope ?? SUBSCRIBE_SCOPE,
    redirectUri: parts.publicUrl() + CALLBACK_PATH,
  });
  if (begun.kind !== "begun") {
    reply.log.warn({ reason: begun.reason }, "login could not begin");
    return sendMessage(reply.code(503), parts, { title: "HelseID svarer ikke" });
  }
  cookie.giveLoginKey(reply, parts, parts.pending.add(begun.pending, purpose));
  return reply.redirect(begun.url.href, 303);
}

async function completeLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: WebParts,
): Promise<FastifyReply> {
  const callback = new URL(request.url, parts.publicUrl());
  const state = callback.searchParams.get("state") ?? "";
  const waiting = parts.pending.take(state, cookie.loginKeyOf(request, parts));
  if (waiting === undefined) return sendRetry(reply.code(400), parts);
  const { pending, purpose } = waiting;
  const completed = await parts.login.complete(pending, callback, purpose?.attestation);
  if (completed.kind !== "logged-in") {
    reply.log.warn({ reason: completed.reason }, "login did not complete");
    return sendRetry(reply.code(completed.kind === "refused" ? 403 : 503), parts);
  }
  const { practitioner, token } = completed;
  const before = cookie.sessionOf(request, parts);
  if (purpose === undefined) return comeIn(reply, parts, { before, practitioner });
  if (before?.practitioner.subject !== practitioner.subject) return sendOther(reply, parts);
  before.access = { patient: purpose.patient, scope: purpose.scope, token };
  if (purpose.lookup) await lookUpAndKeep(parts, before, purpose.notice);
  return reply.redirect(`/innboks/${purpose.notice}`, 303);
}

type Arrival = {
  readonly before: Session | undefined;
  readonly practitioner: Session["practitioner"];
};

/** Always a new session: a key that was known before a login must not be worth anything after. */
function comeIn(
  reply: FastifyReply,
  parts: WebParts,
  { before, practitioner }: Arrival,
): FastifyReply {
  if (before !== undefined) parts.sessions.end(before.key);
  cookie.giveSession(reply, parts, parts.sessions.start(practitioner));
  return reply.redirect("/", 303);
}

function sendOther(reply: FastifyReply, parts: WebParts): FastifyReply {
  return sendMessage(reply.code(403), parts, {
    title: "Du logget inn som en annen",
    content: html`<p>Oppslaget ble ikke gjort. <a href="/logg-inn">Logg inn på nytt</a>.</p>`,
  });
}

function sendRetry(reply: FastifyReply, parts: WebParts): FastifyReply {
  return sendMessage(reply, parts, {
    title: "Innloggingen ble ikke fullført",
    content: html`<p><a href="/logg-inn">Prøv igjen</a></p>`,
  });
}
