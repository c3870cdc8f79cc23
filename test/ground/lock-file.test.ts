import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

type Lock = {
  lockfileVersion: number;
  packages: Record<string, { version?: string; integrity?: string; resolved?: string }>;
};

const NPM_MS = 30_000;

const readLock = (): Lock => JSON.parse(readFileSync("package-lock.json", "utf8"));

function lockFaults({ packages }: Lock): string[] {
  return Object.entries(packages)
    .filter(([place]) => place !== "")
    .flatMap(([place, { integrity = "", resolved }]) => [
      ...(integrity.startsWith("sha512-") ? [] : [`${place} has no integrity`]),
      ...(resolved === undefined ? [] : [`${place} names where it came from`]),
    ]);
}

test("every package of the lock file has its integrity, and none says which host it came from", () => {
  const lock = readLock();
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  expect(lockFaults(lock)).toEqual([]);
});

test("a package without, or with, would be found", () => {
  const lock = readLock();
  lock.packages["node_modules/ajv"] = { version: "1.0.0", resolved: "https://host.example/ajv" };
  expect(lockFaults(lock)).toEqual([
    "node_modules/ajv has no integrity",
    "node_modules/ajv names where it came from",
  ]);
});

/** What `npm ci` says to a lock file, without fetching or installing anything. */
function npmCi(lock: Lock): { status: number | null; stderr: string } {
  const directory = mkdtempSync(join(tmpdir(), "hendelsesstrom-lock-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "package.json"), readFileSync("package.json"));
  writeFileSync(join(directory, "package-lock.json"), JSON.stringify(lock));
  const { status, stderr } = spawnSync(
    "npm",
    ["ci", "--dry-run", "--offline", "--ignore-scripts", "--cache", join(directory, "cache")],
    { cwd: directory, encoding: "utf8" },
  );
  return { status, stderr };
}

test("npm ci takes the lock file, and needs nothing that is not in it", { timeout: NPM_MS }, () => {
  const { status, stderr } = npmCi(readLock());
  expect({ status, missing: /Missing:.*/.exec(stderr)?.[0] }).toEqual({
    status: 0,
    missing: undefined,
  });
});

test("a lock file without a package that is needed is refused", { timeout: NPM_MS }, () => {
  const lock = readLock();
  delete lock.packages["node_modules/fast-uri"];
  expect(npmCi(lock).status).not.toBe(0);
});
