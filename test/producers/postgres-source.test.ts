import { expect, test } from "vitest";
import { GP_OFFICE } from "#deploy/site/parties";
import { sealReference } from "#schemas/opaque-reference";
import { findPostgres, startPostgres } from "../contract/postgres-server.ts";
import { readLog } from "./event-log.ts";
import { KARI } from "./people.ts";
import { sample } from "./samples.ts";
import { startSourceSite } from "./source-site.ts";

const programs = findPostgres();

test.skipIf(programs === undefined)(
  programs === undefined
    ? "NOT RUN: a source on PostgreSQL, for initdb and postgres are not on this machine"
    : "a source with DATABASE_URL keeps everything on PostgreSQL, also when it is killed",
  { timeout: 60_000 },
  async () => {
    await using server = await startPostgres(programs ?? "");
    await using at = await startSourceSite();
    const env = { SOURCE_STORE_DIRECTORY: "", DATABASE_URL: await server.newDatabase("source") };
    const consumer = GP_OFFICE.number;
    await at.policy.agree(consumer, "measurement");
    await at.policy.relate(consumer, KARI);

    const first = await at.startSource(env);
    const made = await at.recorder("POST", `${String(first.ready["url"])}/fhir/Observation`, {
      body: sample("blood-glucose"),
      type: "application/fhir+json",
      headers: { prefer: "wait=10" },
    });
    expect([made.status, made.headers.get("event-state")]).toEqual([201, "published"]);
    await first.kill();

    await using again = await at.startSource(env);
    const id = String(Object(made.body)["id"]);
    const reference = { resourceType: "Observation", id };
    const opaque = sealReference(at.keys.reference, reference, { consumer });
    const url = `${String(again.ready["url"])}/fhir/Observation/${opaque}`;
    await expect.poll(async () => (await at.practitioner("gp-ehr")("GET", url)).status).toBe(200);
    expect(await readLog(at.connection)).toHaveLength(1);
  },
);
