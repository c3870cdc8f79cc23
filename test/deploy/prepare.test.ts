import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readConfig } from "#deploy/prepare/config";
import { prepareSite } from "#deploy/prepare/prepare-site";
import { validateEhrSettings } from "#consumers-example/ehr/ehr-settings";
import { validateTenantsFile } from "#subscription-service/tenants-file";
import { validateRegistrations } from "#stand-ins/helseid/registration/validate-registrations";

const ADDRESSES = {
  HELSEID_ISSUER: "http://127.0.0.1:8010",
  SERVICE_URL: "http://127.0.0.1:8020",
  MEASUREMENTS_URL: "http://127.0.0.1:8030",
  PLANS_URL: "http://127.0.0.1:8040",
  GP_EHR_URL: "http://127.0.0.1:8050",
  WARD_EHR_URL: "http://127.0.0.1:8060",
  STRANGER_EHR_URL: "http://127.0.0.1:8070",
  NATS_URL: "nats://127.0.0.1:4222",
  POSTGRES_URL: "postgres://127.0.0.1:5432",
};

/** Files that may never change: what is stored or registered elsewhere depends on them. */
const KEYS = [
  "keys/site.json",
  "keys/nats-store-key",
  "keys/postgres-superuser",
  "keys/measurements-database",
  "keys/plans-database",
  "measurements/master-key",
  "measurements/nats-seed",
  "measurements/database.env",
  "plans/master-key",
  "plans/nats-seed",
  "plans/database.env",
  "postgres/superuser-password",
  "postgres/databases.sql",
  "nats/nats-server.conf",
];

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-prepare-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

const prepare = (changed: Record<string, string> = {}) =>
  prepareSite(readConfig({ ...ADDRESSES, SITE_DIRECTORY: directory, ...changed }));

const read = (name: string) => readFile(join(directory, name), "utf8");
const parsed = async (name: string): Promise<unknown> => JSON.parse(await read(name));
const readAll = () => Promise.all(KEYS.map(read));

test("what is written is for its owner alone, and each part accepts its own", async () => {
  await prepare();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
  }
  expect(validateTenantsFile(await parsed("service/tenants.json"))).toMatchObject({ valid: true });
  expect(validateRegistrations(await parsed("helseid/registrations.json"))).toMatchObject({
    valid: true,
  });
  for (const ehr of ["gp-ehr", "ward-ehr", "stranger-ehr"]) {
    expect(validateEhrSettings(await parsed(`${ehr}/settings.json`))).toMatchObject({
      valid: true,
    });
  }
});

test("no two secrets are the same", async () => {
  await prepare();
  const secrets = await Promise.all(
    KEYS.filter((name) => /keys\/[a-z]+-|master-key|nats-seed/.test(name)).map(read),
  );
  expect(new Set(secrets).size).toBe(secrets.length);
});

test("a second time keeps every key and password", async () => {
  await prepare();
  const first = await readAll();
  await prepare();
  expect(await readAll()).toEqual(first);
});

test("two at the same time agree on the keys", async () => {
  await Promise.all([prepare(), prepare()]);
  const kept: { municipality: { masterKey: string } } = JSON.parse(await read("keys/site.json"));
  expect(await read("measurements/master-key")).toBe(`${kept.municipality.masterKey}\n`);
  const names = await readdir(join(directory, "keys"));
  expect(names.toSorted()).toEqual(
    KEYS.slice(0, 5)
      .map((name) => name.slice(5))
      .toSorted(),
  );
});

test("changed addresses change what follows from them, and no key", async () => {
  await prepare();
  const [keys] = await readAll();
  await prepare({ PLANS_URL: "http://127.0.0.1:9999" });
  expect(await read("keys/site.json")).toBe(keys);
  expect(await read("service/tenants.json")).toContain("http://127.0.0.1:9999");
});

test.each(["", "{}", '{"municipality":{}}', "not JSON"])(
  "keys that cannot be read are never replaced: %j",
  async (damaged) => {
    await prepare();
    await writeFile(join(directory, "keys/site.json"), damaged);
    await expect(prepare()).rejects.toThrow(/keys\/site\.json does not hold a site's keys: /);
    expect(await read("keys/site.json")).toBe(damaged);
  },
);

test("a wrong environment is refused with every fault at once", () => {
  const wrong = { ...ADDRESSES, SERVICE_URL: "http://127.0.0.1:8020/path", NATS_URL: "localhost" };
  expect(() => readConfig(wrong)).toThrow(
    /required property 'SITE_DIRECTORY'[\s\S]*SERVICE_URL must match[\s\S]*NATS_URL must match/,
  );
});
