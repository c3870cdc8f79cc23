import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { inTransaction } from "#consumers-example/client/in-transaction";
import { openPatientMap } from "#consumers-example/client/patient-map";
import { openWebhookMemory } from "#consumers-example/client/webhook-memory";
import { AccessDecisions } from "#consumers-example/ehr/access-decisions";
import { temporaryFolder } from "./temporary-folder.ts";

test("what is kept about patients is for its owner's eyes only", async () => {
  using folder = temporaryFolder();
  await using map = openPatientMap(folder.at("store/handles"));
  map.remember("312345013", [{ handle: "h", patient: "p1" }]);
  const modeOf = (name: string) => (statSync(folder.at(name)).mode & 0o777).toString(8);
  expect(modeOf("store")).toBe("700");
  for (const name of ["handles", "handles-wal", "handles-shm"]) {
    expect(modeOf(`store/${name}`)).toBe("600");
  }
});

test("handles are known per tenant, over restarts, until they are forgotten", async () => {
  using folder = temporaryFolder();
  const list = Array.from({ length: 1200 }, (_, index) => ({
    handle: `h${index}`,
    patient: `p${index}`,
  }));
  {
    await using map = openPatientMap(folder.at("handles"));
    map.remember("312345013", list);
    map.remember("213456024", [{ handle: "h1", patient: "p9" }]);
  }
  await using map = openPatientMap(folder.at("handles"));
  expect(map.handlesOf("312345013")).toHaveLength(1200);
  expect([map.patientOf("312345013", "h1"), map.patientOf("213456024", "h1")]).toEqual([
    "p1",
    "p9",
  ]);
  map.forget("312345013", "h1");
  expect(map.patientOf("312345013", "h1")).toBeUndefined();
  expect(map.patientOf("213456024", "h1")).toBe("p9");
});

test("positions are kept with their gaps, for each subscription", async () => {
  using folder = temporaryFolder();
  const feed = { tenant: "312345013", subscription: "s" };
  const position = { cursor: "e.9", series: { last: 9, missing: [{ from: 3, to: 4 }] } };
  {
    await using cursors = openCursorStore(folder.at("cursors"));
    expect(cursors.load(feed)).toBeUndefined();
    cursors.save(feed, { cursor: undefined, series: { last: 1, missing: [] } });
    cursors.save(feed, position);
  }
  await using cursors = openCursorStore(folder.at("cursors"));
  expect(cursors.load(feed)).toEqual(position);
  expect(cursors.load({ ...feed, tenant: "213456024" })).toBeUndefined();
});

test("webhook attempts are remembered for two weeks", async () => {
  using folder = temporaryFolder();
  let now = Date.now();
  await using memory = openWebhookMemory(folder.at("webhooks"), () => now);
  memory.add("312345013", "msg_1");
  memory.add("312345013", "msg_1");
  now += 14 * 24 * 60 * 60 * 1000;
  memory.add("312345013", "msg_2");
  expect(memory.has("312345013", "msg_1")).toBe(true);
  expect(memory.has("213456024", "msg_1")).toBe(false);
  now += 1;
  memory.add("312345013", "msg_3");
  expect(memory.has("312345013", "msg_1")).toBe(false);
  expect(memory.has("312345013", "msg_2")).toBe(true);
});

test("work that fails leaves nothing, and the next is not hindered", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("create table t (n integer)");
  const count = () => database.prepare("select count(*) as n from t").get()?.["n"];
  const failing = () => {
    database.exec("insert into t values (1)");
    throw new Error("half way");
  };
  expect(() => inTransaction(database, failing)).toThrow("half way");
  expect(count()).toBe(0);
  inTransaction(database, () => database.exec("insert into t values (2)"));
  expect(count()).toBe(1);
});

test("a decision to let somebody look can be found again by the id that the source was told", () => {
  using database = new DatabaseSync(":memory:");
  const decisions = new AccessDecisions(database, Date.now);
  const decision = { patient: "p1", notice: "n1", practitioner: "s1" };
  const id = decisions.record(decision);
  expect(decisions.find(id)).toEqual(decision);
  expect(decisions.find("unknown")).toBeUndefined();
});
