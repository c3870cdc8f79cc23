import type { Static } from "typebox";
import { Type } from "typebox";
import type { Agreement } from "#decision/policy-objects";
import { Problem } from "#schemas/problem";
import { policySubject } from "#schemas/subject";
import type { Api } from "./api.ts";
import { AgreementAnswer, AgreementBody, ConsumerParams, InForce, TenantParams } from "./bodies.ts";
import { changeBy, requireOrganisationNumber } from "./change.ts";
import { requireRole } from "./roles.ts";

type Params = Static<typeof ConsumerParams>;

/** Agreements between the controller and its consumers. */
export function registerAgreements(api: Api): void {
  registerWriting(api);
  registerReading(api);
}

function registerWriting({ app, acting, now }: Api): void {
  app.put<{ Params: Params; Body: Static<typeof AgreementBody> }>(
    "/agreements/:consumer",
    { schema: { params: ConsumerParams, body: AgreementBody, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      const { consumer } = request.params;
      requireOrganisationNumber(consumer, "#/consumer");
      requireDistinctTopics(request.body);
      const value: Agreement = {
        consumer,
        ...request.body,
        state: "active",
        change: changeBy(who, now()),
      };
      return who.tenant.policyLog.update(() => [
        { subject: policySubject("agreement", consumer), value },
      ]);
    },
  );

  app.delete<{ Params: Params }>(
    "/agreements/:consumer",
    { schema: { params: ConsumerParams, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      const { policy, policyLog } = who.tenant;
      const subject = policySubject("agreement", request.params.consumer);
      return policyLog.update(() => {
        const agreement = policy.agreement(request.params.consumer);
        if (agreement === undefined) throw new Problem("not-found");
        const value: Agreement = { ...agreement, state: "ended", change: changeBy(who, now()) };
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );
}

/** Two entries for one topic would leave open which relationships count. */
function requireDistinctTopics({ topics }: Static<typeof AgreementBody>): void {
  if (new Set(topics.map(({ topic }) => topic)).size === topics.length) return;
  throw new Problem("invalid-request", {
    errors: [{ pointer: "#/topics", detail: "must name each topic once" }],
  });
}

function registerReading({ app, acting }: Api): void {
  app.get<{ Params: Static<typeof TenantParams> }>(
    "/agreements",
    {
      schema: {
        params: TenantParams,
        response: { 200: Type.Object({ agreements: Type.Array(AgreementAnswer) }) },
      },
    },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      return { agreements: [...who.tenant.policy.agreements()].map(toAnswer) };
    },
  );

  app.get<{ Params: Params }>(
    "/agreements/:consumer",
    { schema: { params: ConsumerParams, response: { 200: AgreementAnswer } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      const agreement = who.tenant.policy.agreement(request.params.consumer);
      if (agreement === undefined) throw new Problem("not-found");
      return toAnswer(agreement);
    },
  );
}

function toAnswer({
  consumer,
  topics,
  legalBasis,
  validity,
  state,
}: Agreement): Static<typeof AgreementAnswer> {
  return { consumer, topics, legalBasis, validity, state };
}
