import { judgeObservation } from "../fhir/observation.ts";
import type { Change, ResourceKind } from "../recording/resource-kind.ts";

/** Statuses that say: this was no measurement, or there is none (FHIR R4, observation-status). */
const RETRACTING = new Set(["entered-in-error", "cancelled"]);

/** The source of measurements from home monitoring: FHIR R4 Observations. */
export const measurements: ResourceKind = {
  name: "measurements",
  topic: "measurement",
  resourceType: "Observation",
  judge: judgeObservation,
  changeOf,
};

function changeOf(status: string, isNew: boolean): Change {
  if (!isNew) {
    return { kind: "change", change: RETRACTING.has(status) ? "retracted" : "corrected" };
  }
  return status === "entered-in-error"
    ? { kind: "refused", detail: "cannot be entered-in-error from the start" }
    : { kind: "change", change: "created" };
}
