import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from "fastify";
import type { Authenticator } from "#authentication/authenticator";
import { Problem } from "#schemas/problem";
import { callerOf } from "#web/caller-of";
import { requireCaller } from "#web/require-caller";
import { FHIR_JSON, FHIR_JSON_UTF8, fhirAnswer, pathParameters } from "../fhir-answer.ts";
import type { ResourceFault } from "../fhir/resource-fault.ts";
import { acceptTextBodies, textBody } from "../text-body.ts";
import type { OutboxRelay } from "./outbox-relay.ts";
import { versionCondition, waitPreferenceMs } from "./preferences.ts";
import type { Recorder, RecordingOutcome } from "./recorder.ts";

const MEDIA_TYPES = [FHIR_JSON, "application/json"];

const CREATE = {
  summary: "Record a new resource",
  description: "Prefer: wait=<seconds> answers when its event is published; event-state says so",
  consumes: MEDIA_TYPES,
  response: { 201: fhirAnswer("The resource as it was stored") },
};
const UPDATE = {
  summary: "Record a new version of a resource",
  description: 'If-Match: W/"<version>" makes sure that it follows the one that was read',
  consumes: MEDIA_TYPES,
  params: pathParameters({ id: "The source's own id" }),
  response: { 200: fhirAnswer("The version as it was stored") },
};

/** The largest resource that is taken: a plan with a long text, never a picture. */
export const RECORD_LIMIT_BYTES = 1024 * 1024;

export type RecordingOptions = {
  readonly resourceType: string;
  readonly authenticator: Authenticator;
  /** The scope that recording needs. */
  readonly scope: string;
  /** The controller's organisation number: only its own systems record here. */
  readonly controller: string;
  readonly recorder: Recorder;
  readonly relay: OutboxRelay;
  readonly sourceUrl: () => string;
};

/**
 * Where the controller's own systems record: FHIR create and update. The answer comes when the resource
 * and its event are on disk here; with `Prefer: wait=<seconds>` not before the event is published, or
 * the time is up. `event-state` says which: `published` or `pending`.
 */
export function registerRecordingRoutes(app: FastifyInstance, options: RecordingOptions): void {
  const path = `/fhir/${options.resourceType}`;
  const { recorder } = options;
  void app.register(async (fhir) => {
    acceptTextBodies(fhir, MEDIA_TYPES);
    const route = {
      onRequest: [
        requireCaller(options.authenticator, { scope: options.scope }),
        onlyOf(options.controller),
      ],
      bodyLimit: RECORD_LIMIT_BYTES,
    };
    fhir.post(path, { ...route, schema: CREATE }, async (request, reply) =>
      answer(options, await recorder.create(textBody(request.body)), { request, reply }),
    );
    fhir.put<{ Params: { id: string } }>(
      `${path}/:id`,
      { ...route, schema: UPDATE },
      async (request, reply) => {
        const outcome = await recorder.update({
          id: request.params.id,
          text: textBody(request.body),
          expectedVersion: expectedVersion(request.headers["if-match"]),
        });
        return answer(options, outcome, { request, reply });
      },
    );
  });
}

function onlyOf(controller: string): onRequestAsyncHookHandler {
  return async (request) => {
    if (callerOf(request).organisation === controller) return;
    throw new Problem("forbidden", { detail: "only the controller's own systems record here" });
  };
}

function expectedVersion(ifMatch: string | undefined): number | undefined {
  const condition = versionCondition(ifMatch);
  if (condition.kind === "unreadable") {
    throw new Problem("invalid-request", { detail: 'If-Match must be W/"<version>"' });
  }
  return condition.kind === "version" ? condition.version : undefined;
}

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };

async function answer(
  { resourceType, relay, sourceUrl }: RecordingOptions,
  outcome: RecordingOutcome,
  { request, reply }: Exchange,
): Promise<string> {
  if (outcome.kind !== "recorded") throw refusal(outcome);
  const { version, outboxSequence } = outcome;
  relay.wake();
  const waitMs = waitPreferenceMs(request.headers["prefer"]?.toString());
  const isPublished = waitMs > 0 && (await relay.whenSent(outboxSequence, waitMs));
  if (waitMs > 0) void reply.header("preference-applied", `wait=${waitMs / 1000}`);
  void reply
    .code(version.version === 1 ? 201 : 200)
    .type(FHIR_JSON_UTF8)
    .headers({
      location: `${sourceUrl()}/fhir/${resourceType}/${version.id}/_history/${version.version}`,
      etag: `W/"${version.version}"`,
      "event-state": isPublished ? "published" : "pending",
    });
  return version.resource;
}

function refusal(outcome: Exclude<RecordingOutcome, { kind: "recorded" }>): Problem {
  if (outcome.kind === "unreadable") {
    return new Problem("invalid-request", { detail: `the body ${outcome.detail}` });
  }
  if (outcome.kind === "refused") {
    return new Problem("unprocessable", {
      detail: "the resource is not acceptable",
      errors: outcome.faults.map(asProblemError),
    });
  }
  return outcome.kind === "not-there"
    ? new Problem("not-found")
    : new Problem("conflict", { detail: "the resource is at another version" });
}

/** A FHIR path as the JSON pointer that problems speak of, and in words. */
function asProblemError({ path, detail }: ResourceFault): { pointer: string; detail: string } {
  const elements = path.replace(/^[A-Z][A-Za-z]*\.?/, ""); // the resource's type is no element of it
  const steps = elements.split(/[.[\]]+/).filter((step) => step !== "");
  return { pointer: ["#", ...steps].join("/"), detail: `${path} ${detail}` };
}
