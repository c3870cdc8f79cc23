import { type Practitioner, PRACTITIONERS } from "#deploy/site/parties";
import type { Site } from "#deploy/site/site";
import { type ControllerSystem, createControllerSystem } from "../controller-system.ts";
import { type Notice, PractitionerAtWork } from "../practitioner.ts";
import type { SiteAtWork } from "../site-at-work.ts";
import { Counts } from "./counts.ts";
import type { Narrator } from "./narrator.ts";
import { until } from "./until.ts";

/** An EHR with its practitioner at work. */
export type Ehr = { readonly name: string; readonly practitioner: PractitionerAtWork };

/** Everything that the story is played with. */
export type Setting = {
  readonly site: Site;
  readonly natsUrl: string;
  readonly narrator: Narrator;
  readonly counts: Counts;
  readonly municipality: ControllerSystem;
  readonly hospital: ControllerSystem;
  readonly gp: Ehr;
  readonly ward: Ehr;
  readonly stranger: Ehr;
};

export async function createControllers({
  site,
}: SiteAtWork): Promise<Pick<Setting, "municipality" | "hospital">> {
  return {
    municipality: await createControllerSystem(site, site.municipality),
    hospital: await createControllerSystem(site, site.hospital),
  };
}

/** Logs the practitioners in at their EHRs, and waits until these are connected. */
export async function logIn({
  addresses,
  gp,
  ward,
  stranger,
}: Site): Promise<Pick<Setting, "gp" | "ward" | "stranger">> {
  return {
    gp: await atWork(gp.organisation.name, addresses.gp, PRACTITIONERS.gp),
    ward: await atWork(
      `${ward.organisation.name}, lungeposten`,
      addresses.ward,
      PRACTITIONERS.nurse,
    ),
    stranger: await atWork(stranger.organisation.name, addresses.stranger, PRACTITIONERS.stranger),
  };
}

async function atWork(name: string, ehr: string, who: Practitioner): Promise<Ehr> {
  const practitioner = await PractitionerAtWork.logIn(ehr, who);
  await until(`${name} is connected`, async () => (await practitioner.isConnected()) || undefined);
  return { name, practitioner };
}

/** Waits until an EHR has heard of so many events at a tenant; counts them and how long each took. */
export async function hears(
  { counts }: Setting,
  { name, practitioner }: Ehr,
  { tenant, count }: { tenant: string; count: number },
): Promise<Notice[]> {
  const notices = await until(`${name} hears of ${count} events`, async () => {
    const inbox = (await practitioner.inbox()).filter((notice) => notice.tenant === tenant);
    return inbox.length >= count ? inbox : undefined;
  });
  for (const { id, receivedAt, recordedtime } of notices)
    counts.notified(`${name}/${id}`, Date.parse(receivedAt) - Date.parse(recordedtime));
  return notices.toSorted((a, b) => Number(a.eventnumber) - Number(b.eventnumber));
}
