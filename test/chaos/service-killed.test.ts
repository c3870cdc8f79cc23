import { expect, test } from "vitest";
import { GP_OFFICE, HOSPITAL, MUNICIPALITY, PATIENTS } from "#deploy/site/parties";
import { notificationIdOf } from "#schemas/handle";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { produce } from "../support/produce.ts";
import {
  agreement,
  measurementEvent,
  readFeed,
  relationship,
  subscribe,
} from "../support/story.ts";
import { startTestSite } from "../support/test-site.ts";

const EVENTS = 2000;
const KILL_AT = [300, 900, 1500];
const KARI = PATIENTS.kari.identityNumber;

test("kill -9 of the service in a stream of events: each notification exactly once, numbers without holes", async () => {
  await using system = await startTestSite();
  const { number: controller } = MUNICIPALITY;
  const tenant = system.tenantUrl(controller);
  const keys = deriveTenantKeys(Buffer.from(system.site.municipality.masterKey, "base64url"));
  const consumers = [
    { organisation: GP_OFFICE.number, call: system.consumer("gp-ehr") },
    { organisation: HOSPITAL.number, call: system.consumer("ward-ehr") },
  ];
  const subscribed = [];
  for (const { organisation, call } of consumers) {
    await system.controller(controller)("PUT", `${tenant}/agreements/${organisation}`, {
      body: agreement("measurement"),
    });
    await system.controller(controller)("PUT", `${tenant}/care-relationships/r-${organisation}`, {
      body: relationship(organisation, KARI),
    });
    subscribed.push({
      organisation,
      call,
      ...(await subscribe(call, tenant, { topic: "measurement", patients: [KARI] })),
    });
  }

  const events = Array.from({ length: EVENTS }, () => measurementEvent(controller, KARI));
  await using connection = await connected(system);
  let acknowledgedCount = 0;
  let kills = Promise.resolve();
  await produce(connection.nats, events, {
    keys,
    onAcknowledged: () => {
      acknowledgedCount += 1;
      if (KILL_AT.includes(acknowledgedCount))
        kills = kills.then(() => system.service().kill()).then(() => system.restartService());
    },
  });
  await kills;

  for (const { organisation, call, id } of subscribed) {
    const received = await readFeed(call, tenant, { id, count: EVENTS });
    expect(received.map((event) => event["eventnumber"])).toEqual(
      Array.from({ length: EVENTS }, (_, index) => String(index + 1)),
    );
    const expected = new Set(
      events.map((event) =>
        notificationIdOf(
          keys.handle,
          { source: event["source"] ?? "", id: event["id"] ?? "" },
          { consumer: organisation },
        ),
      ),
    );
    expect(new Set(received.map((event) => event["id"]))).toEqual(expected);
  }
}, 60_000);

async function connected(system: Awaited<ReturnType<typeof startTestSite>>) {
  const nats = await system.natsAs(system.site.municipality.source);
  return { nats, [Symbol.asyncDispose]: () => nats.close() };
}
