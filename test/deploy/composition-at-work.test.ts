import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { findPostgres } from "../contract/postgres-server.ts";
import { readComposition } from "./composition.ts";
import { type CompositionAtWork, startHere } from "./composition-at-work.ts";
import { type PreparedSite, prepareHere } from "./prepared-site.ts";

const START_MS = 60_000;

const composition = readComposition();
const postgres = findPostgres();
const stores = postgres === undefined ? "files (no PostgreSQL on this machine)" : "PostgreSQL";
const stack = new AsyncDisposableStack();
let site: PreparedSite;
let running: CompositionAtWork;

beforeAll(async () => {
  site = stack.use(await prepareHere(composition));
  const programs = { natsServer: inject("natsBinary"), postgres };
  running = stack.use(await startHere(composition, site, programs));
}, START_MS);
afterAll(() => stack.disposeAsync());

test(`every service of docker-compose.yml gets healthy here without containers, the sources on ${stores}`, () => {
  const services = Object.entries(composition.services).filter(
    ([name, { healthcheck }]) =>
      healthcheck !== undefined && (name !== "postgres" || postgres !== undefined),
  );
  expect([...running.healthy].toSorted()).toEqual(services.map(([name]) => name).toSorted());
});

test.each(["blood-pressure.json", "care-plan.json"])(
  "the service publish records %s at its source, and the event gets its acknowledgement",
  async (sample) => {
    const input = readFileSync(`producers/samples/${sample}`, "utf8");
    const { code, stdout, stderr } = await running.run("publish", ["-"], input);
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("published"),
    });
  },
);
