import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import { failureOf, outcomeOf, type CallFailure } from "./call-outcome.ts";
import type { SignedFetch } from "./signed-fetch.ts";

/** As much of a FHIR R4 resource as a lookup relies on; the rest comes along. */
export const FhirResource = Type.Object({
  resourceType: Type.String(),
  id: Type.String(),
  meta: Type.Object({ versionId: Type.String({ pattern: "^[1-9][0-9]{0,8}$" }) }),
  subject: Type.Optional(
    Type.Object({
      identifier: Type.Optional(Type.Object({ value: Type.Optional(Type.String()) })),
    }),
  ),
});
export type FhirResource = Static<typeof FhirResource>;

const judgeResource = compileValidator(FhirResource);

/** Where a notice points, and which version it was about. */
export type Notice = { readonly dataref: string; readonly dataversion: string };

/** What the consumer knows beforehand, and the answer must agree with. */
export type Expectation = {
  readonly resourceType: string;
  /** Address of the source's sharing API, as the tenant gives it. */
  readonly sourceUrl: string;
  /** Identity number of the own patient that the notice was resolved to. */
  readonly patient: string;
};

export type LookupOutcome =
  | {
      readonly kind: "found";
      readonly resource: FhirResource;
      readonly version: string;
      /** The notice was about an older version than this, the present one. */
      readonly superseded: boolean;
    }
  /** Not there, or not for us: the source says no more, and nor do we. */
  | { readonly kind: "not-available" }
  /** The answer is about somebody else; it must not be shown. */
  | { readonly kind: "other-patient" }
  | CallFailure;

/**
 * Reads what a notice points to, as it is now, with a practitioner's token. The token goes to the
 * tenant's own source only, wherever a notice may point.
 */
export async function lookUp(
  fetch: SignedFetch,
  notice: Notice,
  expected: Expectation,
): Promise<LookupOutcome> {
  const url = new URL(notice.dataref);
  if (!liesUnder(url, new URL(expected.sourceUrl))) {
    return { kind: "refused", status: 0, reason: "the notice points outside the tenant's source" };
  }
  const answer = await fetch({ method: "GET", url, accept: "application/fhir+json" });
  if (answer.kind !== "answered") return answer;
  if (answer.status === 404 || answer.status === 410) return { kind: "not-available" };
  if (answer.status >= 400) return failureOf(answer);
  const outcome = outcomeOf(answer, judgeResource);
  return outcome.kind === "ok" ? judge(outcome.value, notice, expected) : outcome;
}

function liesUnder(url: URL, source: URL): boolean {
  const folder = source.pathname.replace(/\/*$/, "/");
  return url.origin === source.origin && url.pathname.startsWith(folder);
}

function judge(resource: FhirResource, notice: Notice, expected: Expectation): LookupOutcome {
  if (resource.resourceType !== expected.resourceType) {
    return { kind: "unavailable", reason: "unreadable answer: another type of resource" };
  }
  const about = resource.subject?.identifier?.value;
  if (about !== undefined && about !== expected.patient) return { kind: "other-patient" };
  const version = resource.meta.versionId;
  const ahead = Number(version) - Number(notice.dataversion);
  // an older version than was announced must never be shown as the present one
  if (ahead < 0) return { kind: "unavailable", reason: "the source is behind its own notice" };
  return { kind: "found", resource, version, superseded: ahead > 0 };
}
