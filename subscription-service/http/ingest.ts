import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { aliasOf } from "#schemas/alias";
import { Problem } from "#schemas/problem";
import { type ProducerEvent, validateProducerEvent } from "#schemas/source-event";
import type { Fault } from "#schemas/strict-ajv";
import type { Api } from "./api.ts";
import { TenantParams } from "./bodies.ts";
import { requireRole } from "./roles.ts";
import type { TenantContext } from "./tenant-context.ts";

const STRUCTURED = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";

/** Events in one request: about what is worth one round of waiting for the disk. */
const MAX_BATCH_EVENTS = 1000;

/** A thousand events of the largest permitted size. */
const MAX_BODY_BYTES = 1024 * 1024;

const FaultAnswer = Type.Object({ pointer: Type.String(), detail: Type.String() });
const IngestResult = Type.Object({
  source: Type.Optional(Type.String()),
  id: Type.Optional(Type.String()),
  status: Type.Enum(["published", "duplicate", "refused", "failed"]),
  errors: Type.Optional(Type.Array(FaultAnswer)),
});
type IngestResult = Static<typeof IngestResult>;

/**
 * Events of producers that do not use the library. The identity number in `subject` is replaced
 * before anything is stored or logged; the same source and id again is known as a duplicate.
 */
export async function registerIngest({ app, acting }: Api): Promise<void> {
  await app.register(async (scope: FastifyInstance) => {
    // A body schema for one media type would let any other type through unjudged: none is declared.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([STRUCTURED, BATCH], { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<{ Params: Static<typeof TenantParams>; Body: string }>(
      "/events",
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          params: TenantParams,
          response: { 200: Type.Object({ results: Type.Array(IngestResult) }) },
        },
      },
      async (request) => {
        const who = acting(request);
        requireRole(who, "publish");
        const batch = request.headers["content-type"]?.toLowerCase().startsWith(BATCH) === true;
        const events = readEvents(request.body, batch);
        return { results: await Promise.all(events.map((event) => ingest(event, who.tenant))) };
      },
    );
  });
}

function readEvents(body: string, batch: boolean): unknown[] {
  const parsed = parseJson(body);
  if (!batch) return [parsed];
  if (!Array.isArray(parsed))
    throw new Problem("invalid-request", { detail: "a batch is a JSON array of events" });
  if (parsed.length > MAX_BATCH_EVENTS)
    throw new Problem("too-large", { detail: `a batch holds at most ${MAX_BATCH_EVENTS} events` });
  return parsed;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem("invalid-request", { detail: "the body is not JSON" });
  }
}

async function ingest(value: unknown, tenant: TenantContext): Promise<IngestResult> {
  const judged = validateProducerEvent(value);
  if (!judged.valid) return { status: "refused", errors: judged.faults };
  const { source, id } = judged.value;
  const errors = foreignSource(judged.value, tenant.controller);
  if (errors.length > 0) return { source, id, status: "refused", errors };
  const event = { ...judged.value, subject: aliasOf(tenant.keys.alias, judged.value.subject) };
  try {
    const { kind } = await tenant.events.publish(event);
    return { source, id, status: kind };
  } catch {
    return {
      source,
      id,
      status: "failed",
      errors: [
        {
          pointer: "#",
          detail: "the event could not be stored now; send it again with the same id",
        },
      ],
    };
  }
}

function foreignSource({ source }: ProducerEvent, controller: string): Fault[] {
  if (source.split(":")[3] === controller) return [];
  return [{ pointer: "#/source", detail: "must be a source of this controller" }];
}
