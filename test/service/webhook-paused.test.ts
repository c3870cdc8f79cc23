import { expect, onTestFinished, test } from "vitest";
import { newPerson } from "../support/newcomers.ts";
import { startReceiver, withStatus } from "../support/receiver.ts";
import { ok, openTenant } from "../support/tenant.ts";
import { startTestSite } from "../support/test-site.ts";

test("a webhook that answers 410 is paused, its owner sees why, and resuming goes on where it was", async () => {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const patient = newPerson();
  const consumer = await tenant.agreedConsumer();
  await tenant.relate(consumer, patient);
  await using receiver = await startReceiver();
  const made = await ok(
    consumer.call("POST", `${tenant.url}/subscriptions`, {
      body: { topics: ["measurement"], delivery: { way: "webhook", url: receiver.url } },
    }),
  );
  const subscription = `${tenant.url}/subscriptions/${(made.body as { id: string }).id}`;
  const seen = async () => (await ok(consumer.call("GET", subscription))).body;
  await ok(consumer.call("POST", `${subscription}/roster`, { body: { patient } }));
  await expect.poll(seen, { timeout: 10_000 }).toMatchObject({ state: "active" });

  receiver.answer(withStatus(410));
  await tenant.publish(patient);
  await receiver.called(2);
  await expect
    .poll(seen, { timeout: 10_000 })
    .toMatchObject({ delivery: { paused: "the endpoint answered 410 Gone" } });
  expect(system.service().log()).toContain("webhook paused");
  await tenant.publish(patient);
  await tenant.settled();

  receiver.answer(withStatus(204));
  await ok(consumer.call("POST", `${subscription}/resume`));
  const calls = await receiver.called(4);
  const numbers = calls.slice(1).map(({ body }) => JSON.parse(body).eventnumber);
  expect(numbers).toEqual(["1", "1", "2"]);
  expect(await seen()).not.toHaveProperty("delivery.paused");
});
