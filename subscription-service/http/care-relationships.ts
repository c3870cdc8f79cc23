import { type Static, Type } from "typebox";
import * as attribute from "#schemas/attributes";
import type { CareRelationship } from "#decision/policy-objects";
import { Problem } from "#schemas/problem";
import { policySubject } from "#schemas/subject";
import type { Api } from "./api.ts";
import { CareRelationshipBody, ChosenParams, InForce } from "./bodies.ts";
import { changeBy, requireIdentityNumber, requireOrganisationNumber } from "./change.ts";
import { type Acting, requireRole } from "./roles.ts";

type Params = Static<typeof ChosenParams>;
type Body = Static<typeof CareRelationshipBody>;

/** Whose relationship is meant: one's own, or for the controller another author's. */
const AuthorQuery = Type.Object(
  { author: Type.Optional(attribute.organisation) },
  { additionalProperties: false },
);

/** Care relationships, one by one. The author chooses the id, so that a repeated call changes nothing. */
export function registerCareRelationships({ app, acting, now }: Api): void {
  app.put<{ Params: Params; Body: Body }>(
    "/care-relationships/:id",
    { schema: { params: ChosenParams, body: CareRelationshipBody, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireMayWrite(who, request.body);
      requireOrganisationNumber(request.body.consumer, "#/consumer");
      requireIdentityNumber(request.body.patient, "#/patient");
      const [patient = ""] = await who.tenant.patients.resolve([request.body.patient]);
      const value: CareRelationship = {
        ...request.body,
        patient,
        state: "active",
        change: changeBy(who, now()),
      };
      const subject = subjectOf(who.caller.organisation, request.params.id);
      const { policy, policyLog } = who.tenant;
      return policyLog.update(() => {
        const existing = policy.relationship(`${who.caller.organisation}.${request.params.id}`);
        requireSameParties(existing, value);
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );

  app.delete<{ Params: Params; Querystring: Static<typeof AuthorQuery> }>(
    "/care-relationships/:id",
    { schema: { params: ChosenParams, querystring: AuthorQuery, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer", "subscribe");
      const author = authorOf(who, request.query.author);
      const subject = subjectOf(author, request.params.id);
      const { policy, policyLog } = who.tenant;
      return policyLog.update(() => {
        const relationship = policy.relationship(`${author}.${request.params.id}`);
        if (relationship === undefined) throw new Problem("not-found");
        const value: CareRelationship = {
          ...relationship,
          state: "ended",
          change: changeBy(who, now()),
        };
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );
}

/** A used id must not end the relationship that has it by moving it to others. */
function requireSameParties(
  existing: CareRelationship | undefined,
  { patient, consumer }: CareRelationship,
): void {
  if (existing === undefined) return;
  if (existing.patient === patient && existing.consumer === consumer) return;
  throw new Problem("conflict", {
    detail: "the id belongs to another relationship; choose one of its own",
  });
}

function subjectOf(author: string, id: string): string {
  return policySubject("relationship", author, id);
}

/** The controller enters any; a consumer only asserts, and only for itself. */
function requireMayWrite(who: Acting, { consumer, class: ofClass }: Body): void {
  requireRole(who, "administer", "subscribe");
  if (who.roles.has("administer")) return;
  if (consumer !== who.caller.organisation || ofClass !== "asserted") {
    throw new Problem("forbidden", {
      detail: "a consumer enters asserted relationships of its own only",
    });
  }
}

function authorOf(who: Acting, author: string | undefined): string {
  if (author === undefined || author === who.caller.organisation) return who.caller.organisation;
  requireRole(who, "administer");
  return author;
}
