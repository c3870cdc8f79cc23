import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { afterAll, expect, test } from "vitest";
import { readConfig } from "#producers/config";

const directory = mkdtempSync(join(tmpdir(), "hendelsesstrom-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const masterKey = new Uint8Array(32).fill(1);
const seed = createUser().getSeed();
const sound = {
  SOURCE_CONTROLLER: "312345013",
  SOURCE_SYSTEM: "dho",
  SOURCE_AUDIENCE: "hendelsesstrom:measurements-312345013",
  SOURCE_MASTER_KEY_FILE: file("key", `${Buffer.from(masterKey).toString("base64url")}\n`),
  SOURCE_STORE_DIRECTORY: directory,
  NATS_URL: "nats://127.0.0.1:4222",
  NATS_SEED_FILE: file("seed", new TextDecoder().decode(seed)),
  HELSEID_ISSUER: "https://helseid.example",
};

function faults(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    return error instanceof TypeError ? error.message.split("\n") : [];
  }
  return [];
}

test("a sound configuration is read, with defaults for what is not said", () => {
  const config = readConfig({ ...sound, SOURCE_PUBLIC_URL: "", DATABASE_URL: "" });
  expect(config).toMatchObject({
    SOURCE_HOST: "127.0.0.1",
    SOURCE_PORT: 0,
    ALLOW_INSECURE_ISSUER: "no",
    storePlace: { kind: "directory", directory },
  });
  expect([...config.masterKey]).toEqual([...masterKey]);
  expect(config.natsSeed).toEqual(seed);
  expect(config.SOURCE_PUBLIC_URL).toBeUndefined();
  expect(readConfig({ ...sound, DATABASE_URL: "postgres://u@h/d" }).storePlace).toEqual({
    kind: "server",
    url: "postgres://u@h/d",
  });
});

test("every fault is told at once, and no secret", () => {
  const secret = "not-a-key-but-secret";
  const told = faults({
    SOURCE_PORT: "seventy",
    SOURCE_PUBLIC_URL: "https://source.example/?x=1",
    SOURCE_CONTROLLER: "312345014",
    SOURCE_SYSTEM: "DHO",
    SOURCE_AUDIENCE: "",
    SOURCE_MASTER_KEY_FILE: file("bad-key", secret),
    NATS_SEED_FILE: file("bad-seed", secret),
    NATS_URL: "nats://127.0.0.1:4222",
    HELSEID_ISSUER: "helseid",
    ALLOW_INSECURE_ISSUER: "perhaps",
  });
  expect(told[0]).toBe("The configuration has faults:");
  for (const fault of [
    "SOURCE_PORT must be integer",
    "SOURCE_PUBLIC_URL must match pattern",
    "SOURCE_SYSTEM must match pattern",
    "SOURCE_MASTER_KEY_FILE must hold 32 bytes, base64url",
    "NATS_SEED_FILE must hold an nkey seed",
    "HELSEID_ISSUER must match pattern",
    "ALLOW_INSECURE_ISSUER must be one of: yes, no",
    "SOURCE_STORE_DIRECTORY or DATABASE_URL must be given",
    " must have required property 'SOURCE_AUDIENCE'",
  ]) {
    expect(told).toContainEqual(expect.stringContaining(fault));
  }
  expect(told.join("\n")).not.toContain(secret);
});

test("a controller's number must be a real one, and files must be there", () => {
  expect(faults({ ...sound, SOURCE_CONTROLLER: "312345014" })).toEqual([
    "The configuration has faults:",
    "SOURCE_CONTROLLER must have a valid control digit",
  ]);
  expect(faults({ ...sound, SOURCE_MASTER_KEY_FILE: "/nowhere" })[1]).toContain(
    "SOURCE_MASTER_KEY_FILE cannot be read: ENOENT",
  );
});
