import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfig } from "#stand-ins/helseid/config";
import { startHelseid } from "#stand-ins/helseid/start-helseid";
import {
  createClientKey,
  EVENTS_SCOPE,
  registrationsFor,
  type ClientKey,
} from "./registrations.ts";
import { createTestClient, verified } from "./test-client.ts";

const MAIN = fileURLToPath(new URL("../../stand-ins/helseid/main.ts", import.meta.url));

/** Milliseconds: a start takes about one second on a machine with nothing else to do. */
const START_TIMEOUT_MS = 20_000;

let key: ClientKey;
let folder: string;

beforeAll(async () => {
  key = await createClientKey();
  folder = await mkdtemp(join(tmpdir(), "helseid-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function registrationsFile(content: unknown): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(path, JSON.stringify(content));
  return path;
}

function start(
  environment: Record<string, string>,
): ChildProcess & { said: string; logged: string } {
  const child = spawn(process.execPath, [MAIN], { env: environment });
  const heard = Object.assign(child, { said: "", logged: "" });
  child.stdout.on("data", (chunk) => (heard.said += String(chunk)));
  child.stderr.on("data", (chunk) => (heard.logged += String(chunk)));
  return heard;
}

/** The exit code, when the output has all been read. */
async function ended(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, "close");
  return code;
}

describe.concurrent("the program", { timeout: 2 * START_TIMEOUT_MS }, () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "says in one line that it is ready, serves, and ends cleanly on %s",
    async (signal) => {
      const HELSEID_REGISTRATIONS = await registrationsFile(registrationsFor(key));
      const child = start({ HELSEID_REGISTRATIONS });
      const end = ended(child);
      await vi.waitFor(() => expect(child.said).toMatch(/\n$/), START_TIMEOUT_MS);
      const ready = JSON.parse(child.said);
      expect(ready).toEqual({
        ready: "helseid",
        issuer: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      });
      const client = await createTestClient(ready.issuer, key);
      const { access_token: token } = await client.clientCredentials(EVENTS_SCOPE);
      await verified(ready.issuer, token, "hendelsesstrom:events");
      await client.clientCredentials("unknown").catch(() => undefined);
      child.kill(signal);
      expect(await end).toBe(0);
      expect(child.said.split("\n")).toHaveLength(2);
      expect(child.logged).toContain("never use it for real");
      expect(child.logged).toContain('"detail":"unknown scope: unknown"');
      expect(child.logged).not.toContain(token);
    },
  );

  test("names every fault of the environment at once", async () => {
    const child = start({ HELSEID_PORT: "70000", HELSEID_ISSUER: "https://a/b" });
    expect(await ended(child)).toBe(1);
    expect(child.said).toBe("");
    expect(child.logged).toContain("must have required property 'HELSEID_REGISTRATIONS'");
    expect(child.logged).toContain("HELSEID_PORT must be <= 65535");
    expect(child.logged).toContain("HELSEID_ISSUER must match pattern");
  });

  test("wants an issuer when it listens everywhere, and a file that is there", () => {
    const missing = join(folder, "missing.json");
    const environment = { HELSEID_HOST: "0.0.0.0", HELSEID_REGISTRATIONS: missing };
    expect(() => readConfig(environment)).toThrow(
      `the configuration has faults:
HELSEID_ISSUER must be given with HELSEID_HOST 0.0.0.0
HELSEID_REGISTRATIONS cannot be read: Error: ENOENT`,
    );
  });

  test("takes what the environment says", async () => {
    const registrations = registrationsFor(key);
    const environment = {
      HELSEID_HOST: "0.0.0.0",
      HELSEID_PORT: "8080",
      HELSEID_ISSUER: "http://helseid:8080",
      HELSEID_REGISTRATIONS: await registrationsFile(registrations),
    };
    const expected = { host: "0.0.0.0", port: 8080, issuer: "http://helseid:8080" };
    expect(readConfig(environment)).toEqual({ ...expected, ...registrations });
  });
});

async function faults(
  change: (registrations: ReturnType<typeof registrationsFor>) => void,
): Promise<string> {
  const registrations = registrationsFor(key);
  change(registrations);
  try {
    await using started = await startHelseid({ host: "127.0.0.1", port: 0, ...registrations });
    return `started at ${started.issuer}`;
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error);
  }
}

describe("registrations with faults", () => {
  test("are refused with every fault", async () => {
    const message = await faults(
      ({ clients: [single, multi, untied], practitioners, audiences }) => {
        Object.assign(audiences, { word: ["read"], "a:b": ["a:b/read"] });
        Object.assign(single ?? {}, {
          delegatedFrom: [],
          scopes: ["a:b/none"],
          organisation: "310000011",
        });
        Object.assign(multi ?? {}, { clientId: "single", childOrganisations: [] });
        Object.assign(untied ?? {}, { grants: ["authorization_code"] });
        practitioners.push({ identityNumber: "00000000000", name: "Not synthetic" });
        practitioners.push({ identityNumber: "05728507838", name: "Mistyped" });
      },
    );
    expect(message.split("\n")).toEqual([
      "the registrations have faults:",
      "#/audiences word: an audience is a URI without fragment (RFC 8707)",
      "#/audiences a:b/read: give a scope's name without its audience",
      "#/clients/0/scopes a:b/none is not a scope of any audience",
      "#/clients/0 310000011 is not an organisation number",
      "#/clients/0/delegatedFrom belongs to a multi-tenant client",
      "#/clients/1/childOrganisations belongs to a single-tenant client",
      "#/clients/2/redirectUris belongs to authorization_code, and only to it",
      "#/practitioners/2/identityNumber is not synthetic (month +80 or +65): a stand-in takes no real person",
      "#/practitioners/3/identityNumber its control digits are wrong",
      "#/clients/1/clientId is used by an earlier client",
    ]);
  });

  test("are refused when a client's key is private", async () => {
    const message = await faults(({ clients: [single] }) => {
      Object.assign(single?.jwks.keys[0] ?? {}, { d: "secret" });
    });
    expect(message).toContain("#/clients/0/jwks/keys/0 must NOT have additional properties");
    expect(message).not.toContain("secret");
  });
});
