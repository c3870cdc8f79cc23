import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLog } from "./event-log.ts";
import { persons } from "../support/identity-numbers.ts";
import { about, sample } from "./samples.ts";
import { type SourceSite, startSourceSite } from "./source-site.ts";

const PATIENTS = persons(5);

/** How many recordings are acknowledged between two blows. */
const PER_ROUND = 25;

const LANES = 4;

/** Records until so many are acknowledged, whatever happens to the source meanwhile. */
async function recordMore(at: SourceSite, url: string, acknowledged: string[]): Promise<void> {
  const goal = acknowledged.length + PER_ROUND;
  const lane = async (): Promise<void> => {
    while (acknowledged.length < goal) {
      const subject = about(PATIENTS[acknowledged.length % PATIENTS.length] ?? "");
      const body = { ...sample("blood-glucose"), subject };
      const answer = await at
        .recorder("POST", `${url}/fhir/Observation`, { body, type: "application/fhir+json" })
        .catch(() => undefined); // killed in the middle: perhaps recorded, never acknowledged
      if (answer?.status !== 201) return;
      acknowledged.push(String(Object(answer.body)["id"]));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function openDatabase(at: SourceSite, readOnly = true): DatabaseSync {
  return new DatabaseSync(join(at.directory, "store", "source.sqlite"), { readOnly });
}

/** Everything that is stored, as "<id> <version>". */
function storedVersions(at: SourceSite): string[] {
  using store = openDatabase(at);
  const rows = store.prepare("select id, version from resource_version").all();
  return rows.map(({ id, version }) => `${String(id)} ${String(version)}`);
}

function unsentEvents(at: SourceSite): number {
  using store = openDatabase(at);
  return store.prepare("select sequence from outbox where sent_at is null").all().length;
}

async function toldVersions(at: SourceSite): Promise<string[]> {
  const log = await readLog(at.connection);
  return log.map(({ event }) => `${event.dataref.split("/").at(-1) ?? ""} ${event.dataversion}`);
}

test("kill -9 of the source and of the broker: each version that is stored is told of once", async () => {
  await using stack = new AsyncDisposableStack();
  const at = stack.use(await startSourceSite());
  let source = await at.startSource({ LOG_LEVEL: "error" });
  stack.defer(() => source[Symbol.asyncDispose]());
  const url = String(source.ready["url"]);
  const restart = async () => {
    await source.kill();
    source = await at.startSource({ SOURCE_PORT: new URL(url).port, LOG_LEVEL: "error" });
  };
  const acknowledged: string[] = [];

  // Killed while it records.
  const recording = recordMore(at, url, acknowledged);
  await expect.poll(() => acknowledged.length, { interval: 2 }).toBeGreaterThan(5);
  await restart();
  await recording;

  // Killed with a full outbox, while the broker is away.
  await at.nats().kill();
  await recordMore(at, url, acknowledged);
  await restart();

  // Killed after the broker's acknowledgements, before they are marked: nobody can write meanwhile.
  using lock = openDatabase(at, false);
  lock.exec("begin immediate");
  await at.restartNats();
  const count = storedVersions(at).length;
  await expect.poll(async () => (await toldVersions(at)).length, { timeout: 10_000 }).toBe(count);
  expect(unsentEvents(at)).toBeGreaterThan(PER_ROUND / 2);
  await source.kill();
  lock.exec("rollback");
  await restart();

  await expect.poll(() => unsentEvents(at), { timeout: 10_000 }).toBe(0);
  const stored = storedVersions(at);
  expect((await toldVersions(at)).toSorted()).toEqual(stored.toSorted());
  const ids = new Set(stored.map((version) => version.split(" ")[0]));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(PER_ROUND);
}, 60_000);

test(
  "a source starts while the broker is away, and publishes when it comes",
  { timeout: 20_000 },
  async () => {
    await using at = await startSourceSite();
    await at.nats().stop();
    await using source = await at.startSource();
    const url = String(source.ready["url"]);
    const body = sample("blood-glucose");
    const made = await at.recorder("POST", `${url}/fhir/Observation`, {
      body,
      type: "application/fhir+json",
      headers: { prefer: "wait=1" },
    });
    expect([made.status, made.headers.get("event-state")]).toEqual([201, "pending"]);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { detail: "not ready: broker, policy" },
    ]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);

    await at.restartNats();
    await expect
      .poll(async () => (await readLog(at.connection)).length, { timeout: 10_000 })
      .toBe(1);
    await expect
      .poll(async () => (await fetch(`${url}/health/ready`)).status, { timeout: 10_000 })
      .toBe(200);
  },
);

test("a source that is stopped answers those who wait first, and ends", async () => {
  await using at = await startSourceSite();
  const source = await at.startSource();
  await at.nats().stop();
  const waiting = at.recorder("POST", `${String(source.ready["url"])}/fhir/Observation`, {
    body: sample("blood-glucose"),
    type: "application/fhir+json",
    headers: { prefer: "wait=30" },
  });
  await expect.poll(() => storedVersions(at).length).toBe(1);
  const started = performance.now();
  await source[Symbol.asyncDispose]();
  expect(performance.now() - started).toBeLessThan(3000);
  const answer = await waiting;
  expect([answer.status, answer.headers.get("event-state")]).toEqual([201, "pending"]);
  await at.restartNats();
});
