import { expect, onTestFinished, test } from "vitest";
import { aliasOf } from "#schemas/alias";
import { containsIdentityNumber } from "#schemas/identity-number";
import { newPerson } from "../support/newcomers.ts";
import { startReceiver, withStatus } from "../support/receiver.ts";
import { ok, openTenant } from "../support/tenant.ts";
import { startTestSite } from "../support/test-site.ts";

/** Which of the texts stand in a log, as they are or in the forms that logs and addresses give them. */
function found(log: string, texts: readonly string[]): string[] {
  const forms = [log, decodeURIComponent(log.replaceAll("%", "%25")), log.replaceAll("\\", "")];
  return texts.filter((text) => forms.some((form) => form.includes(text)));
}

test("the service's log names no person, handle, token, secret or address of an endpoint, whatever happened", async () => {
  const system = await startTestSite({ env: { LOG_LEVEL: "trace" } });
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const person = newPerson();
  const consumer = await tenant.following([person]);
  const receiver = await startReceiver(withStatus(500));
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  const hook = `${receiver.url}/secret-path`;
  const body = { topics: ["measurement"], delivery: { way: "webhook", url: hook } };
  const made = await ok(consumer.call("POST", `${tenant.url}/subscriptions`, { body }));
  const { id, delivery }: { id: string; delivery: { secret: string } } = JSON.parse(made.text);
  await ok(
    consumer.call("POST", `${tenant.url}/subscriptions/${id}/roster`, {
      body: { patient: person },
    }),
  );
  await receiver.called(1);
  receiver.answer(withStatus(204));
  await receiver.called(2);
  await tenant.publish(person);
  const [, , call] = await receiver.called(3);

  // What goes wrong is what tends to be logged.
  const wrong = "14915110128";
  for (const [method, path, faulty] of [
    ["PUT", "/blocks/x", { patient: wrong, scope: {} }],
    ["PUT", `/blocks/${person}`, { patient: person, scope: { kind: "everyone" } }],
    ["PUT", `/care-relationships/x?patient=${person}`, { patient: person }],
    ["GET", `/subscriptions/${id}/events?after=${person}`, undefined],
    ["GET", `/nowhere/${person}`, undefined],
    ["POST", "/events", `{"subject":"${person}"`],
    ["PUT", "/blocks/y", `{"patient":"${person}"`],
  ] as const)
    await tenant.controller(
      method,
      tenant.url + path,
      faulty === undefined ? {} : { body: faulty },
    );
  await fetch(`${tenant.url}/agreements`, { headers: { authorization: `Bearer ${person}` } });
  await consumer.call(
    "DELETE",
    `${tenant.url}/subscriptions/${consumer.id}/roster/${consumer.handles[0]}`,
  );
  await system.nats.kill();
  await consumer.call("GET", `${tenant.url}/subscriptions/${id}/events`);
  await system.restartNats();
  const ready = async (): Promise<number> =>
    (await fetch(`${system.serviceUrl}/health/ready`)).status;
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  await tenant.settled();

  const log = system.service().log();
  const event: { id: string; subject: string; dataref: string } = JSON.parse(call?.body ?? "{}");
  const kept = [
    person,
    `${person.slice(0, 6)} ${person.slice(6)}`,
    wrong,
    aliasOf(tenant.keys.alias, person),
    event.subject,
    event.id,
    event.dataref.split("/").at(-1) ?? "",
    consumer.handles[0] ?? "",
    delivery.secret,
    call?.headers["webhook-signature"] ?? "",
    system.site.municipality.masterKey,
    system.site.municipality.service.seed,
    "secret-path",
    "eyJ", // how every token and proof begins
  ];
  expect(kept.filter((text) => text.length < 3)).toEqual([]);
  expect(found(log, kept)).toEqual([]);
  const lines = log.split("\n").filter((line) => line !== "");
  const withNumber = lines.filter((line) =>
    containsIdentityNumber(
      line.replaceAll(/"time":\d+|"durationMs":[\d.]+|"requestId":"[^"]*"/g, ""),
    ),
  );
  expect(withNumber).toEqual([]);

  // The log is there, and the search finds what is planted in it.
  expect(lines.filter((line) => line.includes('"msg":"request"')).length).toBeGreaterThan(20);
  expect(log).toContain('"msg":"webhook attempted"');
  for (const text of kept) expect(found(`${log}{"url":"/x?y=${text}"}`, kept)).toContain(text);
}, 60_000);
