import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { INBOX_PAGE } from "../inbox.ts";
import type { StoredNotice } from "../notice.ts";
import { html } from "./html.ts";
import { inboxContent, type InboxEntry } from "./inbox-page.ts";
import { beginLogin, purposeOf } from "./login-routes.ts";
import { lookUpAndKeep } from "./look-up.ts";
import { messageText } from "./norwegian.ts";
import { noticeContent } from "./notice-page.ts";
import type { Viewer } from "./page.ts";
import { isOwnForm } from "./same-site.ts";
import { sendMessage, sendPage } from "./send-page.ts";
import { sessionOf } from "./session-cookie.ts";
import type { Session } from "./sessions.ts";
import type { WebParts } from "./web-parts.ts";

type NoticePath = { Params: { id: string } };

/** The pages that practitioners see. */
export function pageRoutes(server: FastifyInstance, parts: WebParts): void {
  server.get<{ Querystring: { for?: string } }>("/", async (request, reply) => {
    const session = sessionOf(request, parts);
    if (session === undefined) return sendWelcome(reply, parts);
    return sendInbox(reply, parts, { session, before: placeOf(request.query.for) });
  });

  server.get<NoticePath>("/innboks/:id", async (request, reply) => {
    const session = sessionOf(request, parts);
    if (session === undefined) return sendWelcome(reply, parts);
    const notice = parts.inbox.get(request.params.id);
    if (notice === undefined) return sendUnknown(reply, parts);
    const outcome = parts.sessions.resultOf(session, notice.id);
    const entry = entryOf(notice, parts, namesOf(parts));
    const options = { system: parts.name, title: "Melding", viewer: viewerOf(session) };
    return sendPage(reply, options, noticeContent({ ...entry, outcome, csrf: session.csrf }));
  });

  server.post<NoticePath>("/innboks/:id/apne", (request, reply) =>
    openNotice(request, reply, parts),
  );
}

async function openNotice(
  request: FastifyRequest<NoticePath>,
  reply: FastifyReply,
  parts: WebParts,
): Promise<FastifyReply> {
  const session = sessionOf(request, parts);
  if (session === undefined) return sendWelcome(reply, parts);
  if (!isOwnForm(request, session)) {
    return sendMessage(reply.code(403), parts, { title: "Skjemaet er utløpt" });
  }
  const { id } = request.params;
  const attempted = await lookUpAndKeep(parts, session, id);
  if (attempted.kind === "done") return reply.redirect(`/innboks/${id}`, 303);
  const purpose = purposeOf(parts, session, { notice: id, lookup: true });
  return purpose === undefined ? sendUnknown(reply, parts) : beginLogin(reply, parts, purpose);
}

function sendInbox(
  reply: FastifyReply,
  parts: WebParts,
  { session, before }: { session: Session; before: number | undefined },
): FastifyReply {
  const notices = parts.inbox.list(before);
  const names = namesOf(parts);
  const content = inboxContent({
    entries: notices.map((notice) => entryOf(notice, parts, names)),
    warnings: warningsOf(parts),
    older: notices.length < INBOX_PAGE ? undefined : notices.at(-1)?.place,
  });
  const options = { system: parts.name, title: "Innboks", viewer: viewerOf(session) };
  return sendPage(reply, options, content);
}

function sendWelcome(reply: FastifyReply, parts: WebParts): FastifyReply {
  const content = html`<p>Innboksen viser opplysninger om pasienter. Du må logge inn.</p>
    <p><a class="button" href="/logg-inn">Logg inn med HelseID</a></p>`;
  return sendMessage(reply.code(401), parts, { title: "Logg inn", content });
}

function sendUnknown(reply: FastifyReply, parts: WebParts): FastifyReply {
  return sendMessage(reply.code(404), parts, { title: "Finner ikke meldingen" });
}

function namesOf({ status }: WebParts): ReadonlyMap<string, string> {
  return new Map(status().map(({ controller, name }) => [controller, name ?? controller]));
}

function entryOf(
  notice: StoredNotice,
  { opening }: WebParts,
  names: ReadonlyMap<string, string>,
): InboxEntry {
  const patientName = opening.patientOf(notice)?.name;
  return { notice, patientName, from: names.get(notice.tenant) ?? notice.tenant };
}

function viewerOf({ practitioner, csrf }: Session): Viewer {
  return { name: practitioner.name, csrf };
}

/** What keeps notices from coming, in words. */
function warningsOf(parts: WebParts): string[] {
  return parts.status().flatMap(({ controller, name, message, missed, ready, trouble }) => {
    const from = name ?? controller;
    const away = ready && trouble === undefined ? undefined : "Ingen forbindelse nå.";
    const gap =
      missed > 0 ? "Meldinger mangler i rekken. Meld fra til systemansvarlig." : undefined;
    return [messageText(message), away, gap].flatMap((text) =>
      text === undefined ? [] : [`${from}: ${text}`],
    );
  });
}

function placeOf(text: unknown): number | undefined {
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
