import { expect, test } from "vitest";
import { readLog } from "./event-log.ts";
import { sample } from "./samples.ts";
import { sharedSource } from "./shared-source.ts";

const shared = sharedSource("plans");

test("a plan is recorded, changed, ended and retracted, and each is told of by its name", async () => {
  const type = "application/fhir+json";
  const headers = { prefer: "wait=10" };
  const url = `${shared.url}/fhir/CarePlan`;
  const made = await shared.at.recorder("POST", url, { body: sample("care-plan"), type, headers });
  const { id } = Object(made.body);
  for (const status of [
    "active",
    "on-hold",
    "completed",
    "active",
    "revoked",
    "entered-in-error",
  ]) {
    const body = { ...sample("care-plan"), id, status };
    const changed = await shared.at.recorder("PUT", `${url}/${id}`, { body, type, headers });
    expect([changed.status, changed.headers.get("event-state")]).toEqual([200, "published"]);
  }
  const log = await readLog(shared.at.connection);
  expect(log.map(({ event }) => event.type.split(".").at(-2))).toEqual([
    "created",
    "changed",
    "changed",
    "ended",
    "changed",
    "ended",
    "retracted",
  ]);
  expect(log[0]?.event).toMatchObject({ kind: "self-treatment-plan", dataref: `${url}/${id}` });
  expect(log.every(({ subject }) => subject.startsWith("ev.plan."))).toBe(true);
});

test("the source describes its API", async () => {
  const { openapi, paths } = Object(await (await fetch(`${shared.url}/openapi.json`)).json());
  expect(openapi).toBe("3.1.0");
  expect(Object.keys(paths).toSorted()).toEqual([
    "/fhir/CarePlan",
    "/fhir/CarePlan/_search",
    "/fhir/CarePlan/{id}",
    "/fhir/CarePlan/{id}/_history/{version}",
    "/health/live",
    "/health/ready",
  ]);
  expect(paths["/fhir/CarePlan/{id}"].get.responses["200"].content).toHaveProperty([
    "application/fhir+json",
  ]);
});
