import { GP_OFFICE, HOSPITAL, MUNICIPALITY, PATIENTS, STRANGER } from "#deploy/site/parties";
import { readDecisions } from "../decisions.ts";
import type { Lookup, Notice } from "../practitioner.ts";
import { changedPlan, firstPlan } from "../resources/care-plan.ts";
import { vitalSigns } from "../resources/observations.ts";
import type { SiteAtWork } from "../site-at-work.ts";
import { Counts, type Summary } from "./counts.ts";
import type { Narrator } from "./narrator.ts";
import { createControllers, type Ehr, hears, logIn, type Setting } from "./setting.ts";
import { shown } from "./shown.ts";

const SINCE = "2026-01-01T00:00:00Z";

/** Plays the whole story on a running site, and gives what was counted. */
export async function playStory(running: SiteAtWork, narrator: Narrator): Promise<Summary> {
  const controllers = await createControllers(running);
  await agree(controllers, narrator);
  await running.startConsumers();
  const { site, natsUrl } = running;
  const setting: Setting = {
    site,
    natsUrl,
    narrator,
    counts: new Counts(),
    ...controllers,
    ...(await logIn(site)),
  };
  const measurements = await measure(setting);
  await lookUpMeasurements(setting, measurements);
  const plan = await changePlan(setting);
  await strangerHearsNothing(setting);
  await blockAfterNotice(setting, plan);
  await account(setting);
  return setting.counts.summary;
}

type Controllers = Pick<Setting, "municipality" | "hospital">;

async function agree({ municipality, hospital }: Controllers, narrator: Narrator): Promise<void> {
  narrator.chapter(
    "The controllers make agreements, and enter the care relationships that they know",
  );
  for (const { number } of [GP_OFFICE, HOSPITAL, STRANGER]) {
    // The GP may assert for its list; of the others only what the controllers recorded counts.
    const accepts =
      number === GP_OFFICE.number ? ["source-recorded", "asserted"] : ["source-recorded"];
    await municipality.administer(
      "PUT",
      `/agreements/${number}`,
      agreement("measurement", accepts),
    );
    await hospital.administer("PUT", `/agreements/${number}`, agreement("plan", accepts));
  }
  const { kari, ola } = PATIENTS;
  await municipality.administer(
    "PUT",
    "/care-relationships/ward-kari",
    relationship(HOSPITAL.number, kari.identityNumber),
  );
  await municipality.administer(
    "PUT",
    "/care-relationships/ward-ola",
    relationship(HOSPITAL.number, ola.identityNumber),
  );
  await hospital.administer(
    "PUT",
    "/care-relationships/gp-kari",
    relationship(GP_OFFICE.number, kari.identityNumber),
  );
  narrator.say(
    `${MUNICIPALITY.name} and ${HOSPITAL.name} have agreements with ${GP_OFFICE.name}, ${HOSPITAL.name} and ${STRANGER.name}.`,
  );
  await municipality.administer("PUT", "/blocks/ola-hospital", {
    patient: ola.identityNumber,
    scope: { kind: "organisation", organisation: HOSPITAL.number },
  });
  narrator.say(`${ola.name} has blocked ${HOSPITAL.name} at ${MUNICIPALITY.name}.`);
}

function agreement(topic: string, accepts: readonly string[]): unknown {
  return {
    topics: [{ topic, accepts }],
    legalBasis: "pasientjournalloven § 19",
    validity: { from: SINCE },
  };
}

function relationship(consumer: string, patient: string): unknown {
  return {
    consumer,
    patient,
    class: "source-recorded",
    validity: { from: SINCE },
    reference: "vedtak om digital hjemmeoppfølging",
  };
}

async function measure(setting: Setting): Promise<{ gp: Notice[]; ward: Notice[] }> {
  const { narrator, municipality, counts } = setting;
  narrator.chapter("Patients measure at home, and the municipality's source publishes");
  const at = new Date().toISOString();
  for (const { identityNumber: patient } of [PATIENTS.kari, PATIENTS.ola]) {
    for (const resource of vitalSigns({ patient, controller: MUNICIPALITY.number, at })) {
      await municipality.record(resource);
      counts.published += 1;
    }
  }
  narrator.say(
    `Blood pressure, oxygen saturation, temperature, weight and glucose of ${PATIENTS.kari.name} and ${PATIENTS.ola.name} are recorded.`,
  );
  const tenant = MUNICIPALITY.number;
  const gp = await hears(setting, setting.gp, { tenant, count: 10 });
  const ward = await hears(setting, setting.ward, { tenant, count: 5 });
  narrator.say(
    `${setting.gp.name} was told of ${gp.length}, by the feed; ${setting.ward.name} of ${ward.length}, by webhook: not of ${PATIENTS.ola.name}'s.`,
  );
  return { gp, ward };
}

async function lookUpMeasurements(
  setting: Setting,
  { gp, ward }: { gp: Notice[]; ward: Notice[] },
): Promise<void> {
  setting.narrator.chapter("Practitioners look up what they were told of");
  const opened = [
    [setting.gp, gp[0]],
    [setting.ward, ward[1]],
  ] as const;
  for (const [ehr, notice] of opened) {
    if (notice !== undefined) await open(setting, ehr, notice);
  }
}

/** Opens a notice at its EHR, tells what is shown, and counts it. */
async function open(
  { counts, narrator }: Setting,
  { name, practitioner }: Ehr,
  notice: Notice,
): Promise<Lookup> {
  const startedAt = performance.now();
  const lookup = await practitioner.open(notice);
  const ms = Math.round(performance.now() - startedAt);
  if (lookup.kind === "found") counts.lookedUp += 1;
  else counts.refused += 1;
  narrator.say(
    `${name} opens notice ${notice.eventnumber}: ${shown(lookup)} (${ms} ms with the login for this patient)`,
  );
  return lookup;
}

async function changePlan(setting: Setting): Promise<Notice> {
  const { narrator, hospital, counts, gp } = setting;
  narrator.chapter("The hospital makes a plan, and changes it before the GP has opened the notice");
  const subject = {
    patient: PATIENTS.kari.identityNumber,
    controller: HOSPITAL.number,
    at: new Date().toISOString(),
  };
  const tenant = HOSPITAL.number;
  const id = await hospital.record(firstPlan(subject));
  const [first] = await hears(setting, gp, { tenant, count: 1 });
  await hospital.record(changedPlan(subject), id);
  counts.published += 2;
  const notices = await hears(setting, gp, { tenant, count: 2 });
  narrator.say(
    `${gp.name} was told of version ${notices.map(({ dataversion }) => dataversion).join(" and version ")}.`,
  );
  if (first === undefined) throw new Error("The first notice is gone");
  await open(setting, gp, first);
  return first;
}

async function strangerHearsNothing({
  narrator,
  stranger,
  counts,
  site,
  natsUrl,
}: Setting): Promise<void> {
  narrator.chapter("A practice without a care relationship subscribes to the same persons");
  const inbox = await stranger.practitioner.inbox();
  const decisions = [
    ...(await readDecisions(natsUrl, site.municipality)),
    ...(await readDecisions(natsUrl, site.hospital)),
  ];
  const denied = decisions.filter(
    ({ consumer, effect }) => consumer === STRANGER.number && effect === "deny",
  );
  if (inbox.length > 0 || denied.length === 0) throw new Error("The stranger was not refused");
  counts.refused += denied.length;
  narrator.say(
    `${stranger.name} has heard of nothing; it was refused ${denied.length} times, each with its reason on record.`,
  );
}

async function blockAfterNotice(setting: Setting, notice: Notice): Promise<void> {
  const { narrator, hospital, gp } = setting;
  narrator.chapter(`${PATIENTS.kari.name} blocks ${gp.name} at the hospital, after the notice`);
  const startedAt = performance.now();
  await hospital.administer("PUT", "/blocks/kari-gp", {
    patient: PATIENTS.kari.identityNumber,
    scope: { kind: "organisation", organisation: GP_OFFICE.number },
  });
  narrator.say(
    `The block is in force ${Math.round(performance.now() - startedAt)} ms after the call.`,
  );
  const lookup = await open(setting, gp, notice);
  if (lookup.kind === "found") throw new Error("A blocked lookup was answered");
}

async function account({ narrator, site, natsUrl, counts }: Setting): Promise<void> {
  narrator.chapter("The controllers' account of who was told and who was refused");
  for (const controller of [site.municipality, site.hospital]) {
    const decisions = await readDecisions(natsUrl, controller);
    const tally = Object.entries(
      Object.groupBy(
        decisions,
        (decision) =>
          `${decision.consumer} ${decision.effect === "permit" ? "told" : decision.reason}`,
      ),
    );
    for (const [what, those] of tally)
      narrator.say(`${controller.organisation.name}: ${what}, ${those?.length ?? 0} times`);
    counts.refused += decisions.filter(
      ({ effect, consumer }) => effect === "deny" && consumer !== STRANGER.number,
    ).length;
  }
}
