import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "#authentication/authenticator";
import { aliasOf } from "#schemas/alias";
import { Problem } from "#schemas/problem";
import { callerOf } from "#web/caller-of";
import { noteForLog } from "#web/request-log";
import { requireCaller } from "#web/require-caller";
import { FHIR_JSON_UTF8, fhirAnswer, pathParameters } from "../fhir-answer.ts";
import type { SearchLimits, SourceStore } from "../store/source-store.ts";
import { acceptTextBodies, textBody } from "../text-body.ts";
import { type Asker, askerOf } from "./asker.ts";
import type { DecisionPoint, Lookup } from "./decision-point.ts";
import type { HandOut } from "./hand-out.ts";
import { readSearchQuery } from "./search-query.ts";

/** A form with one parameter. */
const FORM_LIMIT_BYTES = 1024;

/** What a practitioner can still look through, and what one answer may weigh. */
const SEARCH_LIMITS: SearchLimits = { resources: 500, bytes: 8 * 1024 * 1024 };

/** Decisions are held for as long as policy cannot be read; that is seconds, or an outage. */
const RETRY_AFTER_SECONDS = 2;

const OPAQUE_ID = "The resource's id for the caller's organisation, as a notification links to it";
const READ = {
  summary: "Read a resource as it is now",
  params: pathParameters({ id: OPAQUE_ID }),
  response: { 200: fhirAnswer("The resource") },
};
const VREAD = {
  summary: "Read a version of a resource",
  params: pathParameters({ id: OPAQUE_ID, version: "meta.versionId" }),
  response: { 200: fhirAnswer("The version") },
};
const SEARCH = {
  summary: "Find a patient's resources",
  description:
    "Form with patient.identifier=<system>|<identity number>: never in an address, for these are logged",
  consumes: ["application/x-www-form-urlencoded"],
  response: { 200: fhirAnswer("A searchset Bundle, empty when nothing is there or permitted") },
};

const VERSION = /^[1-9][0-9]{0,8}$/;

export type SharingOptions = {
  readonly resourceType: string;
  readonly authenticator: Authenticator;
  /** The scope that lookups need. */
  readonly scope: string;
  readonly aliasKey: Uint8Array;
  readonly store: Pick<SourceStore, "read" | "search">;
  readonly decisionPoint: DecisionPoint;
  readonly handOut: HandOut;
};

type ReadParams = { readonly id: string; readonly version?: string };

/**
 * The sharing API: FHIR read, vread and search for practitioners of other organisations. Whatever is
 * not permitted looks as if it were not there: 404 for a read, an empty Bundle for a search.
 */
export function registerSharingRoutes(app: FastifyInstance, options: SharingOptions): void {
  const path = `/fhir/${options.resourceType}`;
  const onRequest = [
    requireCaller(options.authenticator, { scope: options.scope }),
    demandPractitioner,
  ];
  const read = (request: FastifyRequest<{ Params: ReadParams }>, reply: FastifyReply) =>
    answerRead(options, request, reply);
  app.get<{ Params: ReadParams }>(`${path}/:id`, { onRequest, schema: READ }, read);
  app.get<{ Params: ReadParams }>(
    `${path}/:id/_history/:version`,
    { onRequest, schema: VREAD },
    read,
  );
  void app.register(async (forms) => {
    acceptTextBodies(forms, ["application/x-www-form-urlencoded"]);
    forms.post(
      `${path}/_search`,
      { onRequest, bodyLimit: FORM_LIMIT_BYTES, schema: SEARCH },
      (request, reply) => answerSearch(options, request, reply),
    );
  });
}

/** Refuses a caller who may not ask at all, and says what its token lacks. */
async function demandPractitioner(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const outcome = askerOf(callerOf(request));
  if (outcome.kind === "asker") return;
  void reply.header("www-authenticate", 'DPoP error="insufficient_authorization_details"');
  throw new Problem("forbidden", { detail: `the token lacks ${outcome.missing.join(" and ")}` });
}

function asker(request: FastifyRequest): Asker {
  const outcome = askerOf(callerOf(request));
  if (outcome.kind === "asker") return outcome.asker;
  throw new TypeError("demandPractitioner lets no such caller pass");
}

async function answerRead(
  options: SharingOptions,
  request: FastifyRequest<{ Params: ReadParams }>,
  reply: FastifyReply,
): Promise<string> {
  const { id: opaque, version } = request.params;
  const who = asker(request);
  const consumer = who.caller.organisation;
  const found = await find(options, options.handOut.ownId(opaque, consumer), version);
  const permitted = await isPermitted(options, request, {
    interaction: version === undefined ? "read" : "vread",
    asker: who,
    lookedUp: { alias: found?.alias, resources: found === undefined ? [] : [found] },
  });
  if (found === undefined || !permitted) throw new Problem("not-found");
  void reply
    .type(FHIR_JSON_UTF8)
    .header("etag", `W/"${found.version}"`)
    .header("last-modified", new Date(found.recordedAt).toUTCString());
  return options.handOut.resource(found, consumer);
}

async function find(
  { store }: SharingOptions,
  id: string | undefined,
  version: string | undefined,
): ReturnType<SourceStore["read"]> {
  if (id === undefined) return undefined;
  if (version === undefined) return store.read(id);
  return VERSION.test(version) ? store.read(id, Number(version)) : undefined;
}

async function answerSearch(
  options: SharingOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const query = readSearchQuery(textBody(request.body));
  if (query.kind === "refused") throw new Problem("invalid-request", { detail: query.detail });
  const who = asker(request);
  const alias = aliasOf(options.aliasKey, query.identityNumber);
  const found = await options.store.search(alias, SEARCH_LIMITS);
  const permitted = await isPermitted(options, request, {
    interaction: "search",
    asker: who,
    lookedUp: { alias, resources: found.resources },
  });
  void reply.type(FHIR_JSON_UTF8);
  const shown = permitted ? found : { total: 0, resources: [] };
  return options.handOut.searchset(shown, who.caller.organisation);
}

/** Whether the lookup may be answered; it has then been accounted for. */
async function isPermitted(
  { decisionPoint }: SharingOptions,
  request: FastifyRequest,
  lookup: Lookup,
): Promise<boolean> {
  const outcome = await decisionPoint.decide(lookup).catch((cause: unknown) => {
    throw new Problem("unavailable", { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
  });
  noteForLog(request, { reason: `lookup ${outcome}` });
  if (outcome !== "unavailable") return outcome === "permitted";
  throw new Problem("unavailable", { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
