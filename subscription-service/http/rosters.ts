import type { Static } from "typebox";
import { handleOf } from "#schemas/handle";
import { Problem } from "#schemas/problem";
import { policySubject } from "#schemas/subject";
import type { RosterBasis, RosterPage } from "#decision/policy-objects";
import { placeOnPages } from "../domain/place-on-pages.ts";
import type { Api } from "./api.ts";
import {
  HandleParams,
  InForce,
  RosterPersonAnswer,
  RosterPersonBody,
  RosterSnapshotAnswer,
  RosterSnapshotBody,
  SubscriptionParams,
} from "./bodies.ts";
import { changeBy, requireIdentityNumber } from "./change.ts";
import { type Acting, requireRole } from "./roles.ts";
import { ownSubscription } from "./own-subscription.ts";

type Params = Static<typeof SubscriptionParams>;
type Snapshot = Static<typeof RosterSnapshotBody>;
type Write = { subject: string; value: RosterPage; expectLast: number };

/** A snapshot of the longest list still fits. */
const SNAPSHOT_BODY_BYTES = 512 * 1024;

/** The persons that a subscription is about. Known and unknown persons are answered alike. */
export function registerRosters(api: Api): void {
  registerPersons(api);
  registerSnapshot(api);
}

function registerPersons({ app, acting, now }: Api): void {
  app.post<{ Params: Params; Body: Static<typeof RosterPersonBody> }>(
    "/subscriptions/:id/roster",
    {
      schema: {
        params: SubscriptionParams,
        body: RosterPersonBody,
        response: { 200: RosterPersonAnswer },
      },
    },
    async (request) => {
      const who = acting(request);
      ownSubscription(who, request.params.id);
      requireIdentityNumber(request.body.patient, "#/patient");
      const [patient = ""] = await who.tenant.patients.resolve([request.body.patient]);
      const { revision } = await who.tenant.policyLog.update(() =>
        addition(who, { id: request.params.id, patient, at: now() }),
      );
      return { handle: handleFor(who, patient), revision };
    },
  );

  app.delete<{ Params: Static<typeof HandleParams> }>(
    "/subscriptions/:id/roster/:handle",
    { schema: { params: HandleParams, response: { 200: InForce } } },
    async (request) => {
      const who = acting(request);
      ownSubscription(who, request.params.id);
      let found = false;
      const inForce = await who.tenant.policyLog.update(() => {
        const writes = removal(who, { ...request.params, at: now() });
        found ||= writes.length > 0;
        return writes;
      });
      if (!found) throw new Problem("not-found");
      return inForce;
    },
  );
}

function registerSnapshot({ app, acting, now }: Api): void {
  app.put<{ Params: Params; Body: Snapshot }>(
    "/subscriptions/:id/roster",
    {
      bodyLimit: SNAPSHOT_BODY_BYTES,
      schema: {
        params: SubscriptionParams,
        body: RosterSnapshotBody,
        response: { 200: RosterSnapshotAnswer },
      },
    },
    async (request) => {
      const who = acting(request);
      ownSubscription(who, request.params.id);
      requireMayState(who, request.body.basis);
      for (const [index, person] of request.body.patients.entries())
        requireIdentityNumber(person, `#/patients/${index}`);
      const patients = await who.tenant.patients.resolve(request.body.patients);
      const { basis } = request.body;
      const { revision } = await who.tenant.policyLog.update(() =>
        snapshot(who, { id: request.params.id, patients, basis, at: now() }),
      );
      return { handles: patients.map((patient) => handleFor(who, patient)), revision };
    },
  );
}

function handleFor({ tenant, caller }: Acting, patient: string): string {
  return handleOf(tenant.keys.handle, patient, { consumer: caller.organisation });
}

/** A consumer asserts; what a register or the controller says, they say themselves. */
function requireMayState(who: Acting, basis: RosterBasis | undefined): void {
  if (basis !== undefined && basis.class !== "asserted") requireRole(who, "administer");
}

function pageSubject(id: string, page: number): string {
  return policySubject("roster", id, String(page));
}

function addition(
  who: Acting,
  { id, patient, at }: { id: string; patient: string; at: number },
): Write[] {
  const { rosters } = who.tenant.policy;
  if (rosters.has(id, patient)) return [];
  const change = changeBy(who, at);
  const { page, sequence, content } = rosters.pageWithRoom(id);
  const value = { patients: [...(content?.patients ?? []), patient], change };
  const write = { subject: pageSubject(id, page), value, expectLast: sequence };
  const [first] = rosters.pages(id);
  if (sequence !== 0 || first === undefined) return [write];
  // A new page alone would not meet a snapshot that is under way, and a person might stand on two.
  const touched = { ...first.content, change };
  return [
    { subject: pageSubject(id, first.page), value: touched, expectLast: first.sequence },
    write,
  ];
}

function removal(
  who: Acting,
  { id, handle, at }: { id: string; handle: string; at: number },
): Write[] {
  const { rosters } = who.tenant.policy;
  for (const patient of rosters.patients(id)) {
    if (handleFor(who, patient) !== handle) continue;
    const held = rosters.pageOf(id, patient);
    if (held === undefined) break;
    const patients = held.content.patients.filter((other) => other !== patient);
    const value = { ...held.content, patients, change: changeBy(who, at) };
    return [{ subject: pageSubject(id, held.page), value, expectLast: held.sequence }];
  }
  return [];
}

type Replacement = {
  id: string;
  patients: readonly string[];
  basis: RosterBasis | undefined;
  at: number;
};

/** The whole roster anew: every page is written, so that no other change comes in between. */
function snapshot(who: Acting, { id, patients, basis, at }: Replacement): Write[] {
  const pages = who.tenant.policy.rosters.pages(id);
  const placed = placeOnPages(
    pages.map(({ content }) => content.patients),
    [...new Set(patients)],
  );
  return placed.map((onPage, page) => {
    const value = {
      patients: onPage,
      ...(basis !== undefined && onPage.length > 0 && { basis }),
      change: changeBy(who, at),
    };
    return { subject: pageSubject(id, page), value, expectLast: pages[page]?.sequence ?? 0 };
  });
}
