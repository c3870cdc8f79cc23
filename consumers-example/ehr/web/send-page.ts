import type { FastifyReply } from "fastify";
import { html, type SafeHtml } from "./html.ts";
import { page, type PageOptions } from "./page.ts";
import type { WebParts } from "./web-parts.ts";

const HTML = "text/html; charset=utf-8";

export function sendPage(
  reply: FastifyReply,
  options: PageOptions,
  content: SafeHtml,
): FastifyReply {
  return reply.type(HTML).send(page(options, content));
}

/** A page that says one thing, and leads back to the inbox. */
export function sendMessage(
  reply: FastifyReply,
  { name }: Pick<WebParts, "name">,
  { title, content }: { readonly title: string; readonly content?: SafeHtml },
): FastifyReply {
  const back = html`<p><a href="/">Til innboksen</a></p>`;
  return sendPage(reply, { system: name, title }, content ?? back);
}
