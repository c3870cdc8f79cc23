import { expect, test } from "vitest";
import { GP_OFFICE, MUNICIPALITY, PATIENTS, STRANGER } from "#deploy/site/parties";
import { validateNotification } from "#schemas/notification";
import {
  agreement,
  measurementEvent,
  publish,
  readFeed,
  relationship,
  subscribe,
} from "../support/story.ts";
import { startTestSite } from "../support/test-site.ts";

const KARI = PATIENTS.kari.identityNumber;

test("an event reaches the consumer in a care relationship, and nobody else", async () => {
  await using system = await startTestSite();
  const tenant = system.tenantUrl(MUNICIPALITY.number);
  const controller = system.controller(MUNICIPALITY.number);
  const gp = system.consumer("gp-ehr");
  const stranger = system.consumer("stranger-ehr");

  for (const { number } of [GP_OFFICE, STRANGER]) {
    const agreed = await controller("PUT", `${tenant}/agreements/${number}`, {
      body: agreement("measurement"),
    });
    expect(agreed).toMatchObject({ status: 200 });
  }
  const entered = await controller("PUT", `${tenant}/care-relationships/r1`, {
    body: relationship(GP_OFFICE.number, KARI),
  });
  expect(entered).toMatchObject({ status: 200 });
  const own = await subscribe(gp, tenant, { topic: "measurement", patients: [KARI] });
  const foreign = await subscribe(stranger, tenant, { topic: "measurement", patients: [KARI] });
  expect(foreign.handles).toHaveLength(1);
  expect(foreign.handles).not.toEqual(own.handles);

  const event = measurementEvent(MUNICIPALITY.number, KARI);
  expect(await publish(controller, tenant, [event, event])).toMatchObject([
    { status: "published" },
    { status: "duplicate" },
  ]);
  const events = await readFeed(gp, tenant, { id: own.id, count: 1 });
  expect(events).toMatchObject([
    { type: event["type"], subject: own.handles[0], eventnumber: "1", dataversion: "1" },
  ]);
  expect(validateNotification(events[0])).toMatchObject({ valid: true });
  expect(events[0]?.["dataref"]).not.toContain(event["dataref"]?.split("/").at(-1));
  const unheard = await stranger("GET", `${tenant}/subscriptions/${foreign.id}/events`);
  expect(unheard.body).toMatchObject({ events: [], last: "0" });

  const blocked = await controller("PUT", `${tenant}/blocks/b1`, {
    body: { patient: KARI, scope: { kind: "organisation", organisation: GP_OFFICE.number } },
  });
  expect(blocked.status).toBe(200);
  const again = await gp("GET", `${tenant}/subscriptions/${own.id}/events`);
  expect(again.body).toMatchObject({
    events: [{ type: "no.hendelsesstrom.notification.withdrawn.v1", eventnumber: "1" }],
  });
});
