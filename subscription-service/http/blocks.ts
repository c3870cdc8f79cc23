import { isDeepStrictEqual as isDeepEqual } from "node:util";
import type { Static } from "typebox";
import type { Block } from "#decision/policy-objects";
import { Problem } from "#schemas/problem";
import { policySubject } from "#schemas/subject";
import type { Api } from "./api.ts";
import { BlockBody, ChosenParams, InForce } from "./bodies.ts";
import { changeBy, requireIdentityNumber, requireOrganisationNumber } from "./change.ts";
import { requireRole } from "./roles.ts";

type Params = Static<typeof ChosenParams>;

/** Patients' blocks, as the controller enters them. */
export function registerBlocks({ app, acting, now }: Api): void {
  app.put<{ Params: Params; Body: Static<typeof BlockBody> }>(
    "/blocks/:id",
    { schema: { params: ChosenParams, body: BlockBody, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      const { scope, topic } = request.body;
      requireIdentityNumber(request.body.patient, "#/patient");
      if (scope.kind === "organisation")
        requireOrganisationNumber(scope.organisation, "#/scope/organisation");
      const [patient = ""] = await who.tenant.patients.resolve([request.body.patient]);
      const value: Block = {
        patient,
        scope,
        ...(topic !== undefined && { topic }),
        state: "set",
        change: changeBy(who, now()),
      };
      const subject = policySubject("block", request.params.id);
      const { policy, policyLog } = who.tenant;
      return policyLog.update(() => {
        requireSameBlock(policy.block(request.params.id), value);
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );

  app.delete<{ Params: Params }>(
    "/blocks/:id",
    { schema: { params: ChosenParams, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      requireRole(who, "administer");
      const { policy, policyLog } = who.tenant;
      const subject = policySubject("block", request.params.id);
      return policyLog.update(() => {
        const block = policy.block(request.params.id);
        if (block === undefined) throw new Problem("not-found");
        const value: Block = { ...block, state: "lifted", change: changeBy(who, now()) };
        return [{ subject, value, expectLast: policy.sequenceOf(subject) }];
      });
    },
  );
}

/** A used id must not undo the block that has it: another patient's, or a wider one. */
function requireSameBlock(existing: Block | undefined, { patient, scope, topic }: Block): void {
  if (existing === undefined) return;
  const isReset = existing.state === "lifted";
  const isSame = isDeepEqual([existing.scope, existing.topic], [scope, topic]);
  if (existing.patient === patient && (isReset || isSame)) return;
  throw new Problem("conflict", {
    detail: "the id belongs to another block; choose one of its own",
  });
}
