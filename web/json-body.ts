import type { FastifyInstance } from "fastify";
import { Problem } from "#schemas/problem";

/**
 * Takes JSON bodies and no others. Refused: bytes that are not UTF-8 (else they would be replaced
 * silently), and the member names `__proto__` and `constructor.prototype`.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      void parse(request, utf8.decode(Buffer.from(body)), done);
    } catch (cause) {
      done(new Problem("invalid-request", { detail: "the body is not UTF-8", cause }));
    }
  });
}
