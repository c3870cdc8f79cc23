import type { FastifyPluginAsync } from "fastify";
import type { WebhookReceiver } from "./webhook-receiver.ts";

/** CloudEvents: every receiver takes 64 KiB; one notification has about 0.7 KiB. */
const MAX_BODY_BYTES = 64 * 1024;

/** After which a sender may try again when we are not ready, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** `POST /webhooks/<controller>` for Fastify. The body is read as bytes: the signature is over them. */
export function webhookRoutes(receiver: WebhookReceiver): FastifyPluginAsync {
  return async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser(
      "application/cloudevents+json",
      { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, body),
    );
    server.post<{ Params: { tenant: string } }>("/webhooks/:tenant", async (request, reply) => {
      const { status, reason } = await receiver.receive({
        tenant: request.params.tenant,
        headers: single(request.headers),
        body: Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "",
      });
      request.log.debug({ status, reason }, "webhook attempt");
      if (status === 503) void reply.header("retry-after", RETRY_AFTER_SECONDS);
      return reply.code(status).send();
    });
  };
}

/** A header that came twice says nothing reliable. */
function single(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : undefined,
    ]),
  );
}
