import { createHash } from "node:crypto";
import { toLetters } from "#schemas/letters";
import type { CallOutcome } from "../client/call-outcome.ts";
import type { OwnPatient } from "./patient-list.ts";
import type { TenantParts } from "./tenant-parts.ts";

const RELATIONSHIP_ID_BYTES = 16;

/** Makes a subscription's roster the EHR's patient list, as a whole or person by person. */
export async function ensureRoster(
  parts: TenantParts,
  subscription: string,
): Promise<CallOutcome<unknown>> {
  return parts.settings.roster === "snapshot"
    ? putSnapshot(parts, subscription)
    : putPersons(parts, subscription);
}

async function putSnapshot(
  { api, settings, patients, handles }: TenantParts,
  subscription: string,
): Promise<CallOutcome<unknown>> {
  const present = patients.present;
  const numbers = present.map(({ identityNumber }) => identityNumber);
  const put = await api.putRoster(subscription, numbers, settings.basis);
  if (put.kind !== "ok") return put;
  const known = put.value.flatMap((handle, index) => {
    const patient = present[index]?.id;
    return patient === undefined ? [] : [{ handle, patient }];
  });
  handles.remember(settings.controller, known);
  return put;
}

/** Removes who has left since last time, and adds who is new. */
async function putPersons(parts: TenantParts, subscription: string): Promise<CallOutcome<unknown>> {
  const { api, tenants, patients } = parts;
  const there = tenants.roster(subscription);
  const present = new Set(patients.present.map(({ id }) => id));
  for (const [patient, handle] of there) {
    if (present.has(patient)) continue;
    const removed = await api.removePerson(subscription, handle);
    if (removed.kind !== "ok") return removed;
    tenants.removeFromRoster(subscription, patient);
  }
  for (const patient of patients.present.filter(({ id }) => !there.has(id))) {
    const added = await addPerson(parts, subscription, patient);
    if (added.kind !== "ok") return added;
  }
  return { kind: "ok", value: undefined };
}

async function addPerson(
  parts: TenantParts,
  subscription: string,
  patient: OwnPatient,
): Promise<CallOutcome<unknown>> {
  const { api, settings, tenants, handles } = parts;
  const claimed = await claimRelationship(parts, patient);
  if (claimed.kind !== "ok") return claimed;
  const added = await api.addPerson(subscription, patient.identityNumber);
  if (added.kind !== "ok") return added;
  handles.remember(settings.controller, [{ handle: added.value, patient: patient.id }]);
  tenants.addToRoster(subscription, patient.id, added.value);
  return added;
}

/** Nothing, when the settings leave the relationship to the controller's own records. */
async function claimRelationship(
  { api, settings: { controller, basis }, consumer }: TenantParts,
  { id, identityNumber }: OwnPatient,
): Promise<CallOutcome<unknown>> {
  if (basis === undefined) return { kind: "ok", value: undefined };
  const claim = { ...basis, consumer, patient: identityNumber };
  return api.putCareRelationship(relationshipId(controller, id), claim);
}

/** The same at every attempt, and telling nobody anything. */
function relationshipId(controller: string, patient: string): string {
  const hash = createHash("sha256").update(`${controller} ${patient}`).digest();
  return toLetters(hash.subarray(0, RELATIONSHIP_ID_BYTES));
}
