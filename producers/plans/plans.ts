import { judgeCarePlan } from "../fhir/care-plan.ts";
import type { Change, ResourceKind } from "../recording/resource-kind.ts";

/** What a later version's status means; any other is a change of the plan (FHIR R4, request-status). */
const CHANGE_BY_STATUS = new Map([
  ["revoked", "ended"],
  ["completed", "ended"],
  ["entered-in-error", "retracted"],
]);

/** The source of treatment and self-treatment plans: FHIR R4 CarePlans. */
export const plans: ResourceKind = {
  name: "plans",
  topic: "plan",
  resourceType: "CarePlan",
  judge: judgeCarePlan,
  changeOf,
};

function changeOf(status: string, isNew: boolean): Change {
  if (!isNew) return { kind: "change", change: CHANGE_BY_STATUS.get(status) ?? "changed" };
  return status === "entered-in-error"
    ? { kind: "refused", detail: "cannot be entered-in-error from the start" }
    : { kind: "change", change: "created" };
}
