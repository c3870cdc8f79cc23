import type { ServerResponse } from "node:http";

/** No answer here may be kept: they hold tokens, keys or a login. */
const NO_STORE = { "cache-control": "no-store" };

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...NO_STORE, "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function sendHtml(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    ...NO_STORE,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
  });
  response.end(html);
}
