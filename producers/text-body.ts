import type { FastifyInstance } from "fastify";
import { Problem } from "#schemas/problem";

/** Takes bodies of the given media types as text, in this part of a server, and no others. */
export function acceptTextBodies(app: FastifyInstance, mediaTypes: readonly string[]): void {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...mediaTypes], { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, utf8.decode(Buffer.from(body)));
    } catch (cause) {
      done(new Problem("invalid-request", { detail: "the body is not UTF-8", cause }));
    }
  });
}

/** The body of a request of such a part. A request without one has an empty text. */
export function textBody(body: unknown): string {
  return typeof body === "string" ? body : "";
}
