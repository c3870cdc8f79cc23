import { setTimeout as after } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { newPerson } from "../support/newcomers.ts";
import { startReceiver } from "../support/receiver.ts";
import { ok, openTenant, type TestTenant } from "../support/tenant.ts";
import { startTestSite } from "../support/test-site.ts";

/** A lease lasts 2.5 s; a process that thaws before is waited for. */
const SHORTER_THAN_A_LEASE_MS = 1000;

/** An attempt is given up after 15 s by itself. */
const SHORTER_THAN_AN_ATTEMPT_MS = 5000;

const ROUNDS = 12;
const WITHDRAWN = "no.hendelsesstrom.notification.withdrawn.v1";

type Page = { events: { type: string; eventnumber: string }[] };

async function twoProcesses() {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const other = await system.anotherService();
  return {
    system,
    tenant,
    other,
    otherUrl: `${String(other.ready["url"])}/tenants/${tenant.number}`,
  };
}

function block({ controller, url }: TestTenant, patient: string, id: string) {
  return ok(
    controller("PUT", `${url}/blocks/${id}`, { body: { patient, scope: { kind: "everyone" } } }),
  );
}

test("when the call that sets a block has returned, another process hands out nothing that it forbids", async () => {
  const { tenant, otherUrl } = await twoProcesses();
  const patient = newPerson();
  const consumer = await tenant.following([patient]);
  const feed = `${otherUrl}/subscriptions/${consumer.id}/events`;
  let handedOut = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await tenant.publish(patient);
    const asked: { at: number; page: Promise<Page> }[] = [];
    const asking = setInterval(
      () => asked.push({ at: performance.now(), page: ask(consumer.call, feed) }),
      10,
    );
    await tenant.settled();
    await block(tenant, patient, `round-${round}`);
    const returnedAt = performance.now();
    asked.push({ at: performance.now(), page: ask(consumer.call, feed) });
    await asked.at(-1)?.page;
    clearInterval(asking);
    for (const { at, page } of asked) {
      const told = (await page).events.filter(({ type }) => type !== WITHDRAWN);
      if (at >= returnedAt) expect(told).toEqual([]);
      handedOut += told.length;
    }
    await ok(tenant.controller("DELETE", `${tenant.url}/blocks/round-${round}`));
  }
  expect(handedOut).toBeGreaterThan(0);
}, 60_000);

test("the call waits for a process that is slow to hear of it", async () => {
  const { tenant, other } = await twoProcesses();
  process.kill(other.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(other.pid, "SIGCONT"));
  let isThawed = false;
  const thaw = after(SHORTER_THAN_A_LEASE_MS).then(() => {
    isThawed = true;
    return process.kill(other.pid, "SIGCONT");
  });
  await block(tenant, newPerson(), "slow");
  expect(isThawed).toBe(true);
  await thaw;
});

test("a process that was frozen during a revocation is not waited for longer than its lease, and hands out nothing when it thaws", async () => {
  const { tenant, other, otherUrl } = await twoProcesses();
  const patient = newPerson();
  const consumer = await tenant.following([patient]);
  const feed = `${otherUrl}/subscriptions/${consumer.id}/events`;
  const waiting = consumer.call("GET", `${feed}?wait=30`);
  await ok(consumer.call("GET", feed)); // the long poll before it has arrived there by now
  process.kill(other.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(other.pid, "SIGCONT"));
  await tenant.publish(patient);
  await block(tenant, patient, "frozen");
  process.kill(other.pid, "SIGCONT");
  const answers = [await waiting, await consumer.call("GET", feed)];
  for (const { status, body } of answers) {
    const told =
      status === 200 ? (body as Page).events.filter(({ type }) => type !== WITHDRAWN) : [];
    expect(told).toEqual([]);
  }
  expect(answers.map(({ status }) => status)).not.toContain(500);
});

test("a block set while a webhook is being connected cuts the attempt off, and the number is told as withdrawn", async () => {
  const system = await startTestSite();
  onTestFinished(() => system[Symbol.asyncDispose]());
  const tenant = await openTenant(system);
  const patient = newPerson();
  const consumer = await tenant.agreedConsumer();
  await tenant.relate(consumer, patient);
  const held = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  await using receiver = await startReceiver((call, _index, response) => {
    if (call.body.includes(".created.")) {
      response.once("close", () => cut.resolve());
      held.resolve(); // and never answered: it is still being handed out
    } else {
      response.writeHead(204).end();
    }
  });
  const made = await ok(
    consumer.call("POST", `${tenant.url}/subscriptions`, {
      body: { topics: ["measurement"], delivery: { way: "webhook", url: receiver.url } },
    }),
  );
  const { id } = made.body as { id: string };
  await ok(
    consumer.call("POST", `${tenant.url}/subscriptions/${id}/roster`, { body: { patient } }),
  );
  await receiver.called(1);
  await expect
    .poll(async () => (await consumer.call("GET", `${tenant.url}/subscriptions/${id}`)).body)
    .toMatchObject({ state: "active" });
  await tenant.publish(patient);
  await held.promise;
  await block(tenant, patient, "meanwhile");
  await Promise.race([
    cut.promise,
    after(SHORTER_THAN_AN_ATTEMPT_MS).then(() => Promise.reject(new Error("not cut off"))),
  ]);
  const calls = await receiver.called(3);
  expect(JSON.parse(calls[2]?.body ?? "")).toMatchObject({ type: WITHDRAWN, eventnumber: "1" });
}, 60_000);

async function ask(call: TestTenant["controller"], url: string): Promise<Page> {
  const { status, body } = await call("GET", url);
  return status === 200 ? (body as Page) : { events: [] };
}
