import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newMasterKey, newNatsUser } from "#deploy/site/credentials";
import { HOSPITAL, MUNICIPALITY } from "#deploy/site/parties";
import { readConfig } from "#subscription-service/config";
import { parseEndpoint } from "#subscription-service/http/webhook-endpoint";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

const tenant = (controller: string): Record<string, unknown> => ({
  controller,
  name: "Fjordvik kommune",
  natsSeed: newNatsUser().seed,
  masterKey: newMasterKey(),
  sharing: [{ topic: "plan", url: "https://source.example", audience: "hendelsesstrom:plans" }],
});

async function envWith(
  file: unknown,
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  const path = join(directory, `${crypto.randomUUID()}.json`);
  await writeFile(path, typeof file === "string" ? file : JSON.stringify(file));
  const sound = {
    SERVICE_TENANTS: path,
    NATS_URL: "nats://127.0.0.1:4222",
    HELSEID_ISSUER: "https://helseid.example",
  };
  return { ...sound, ...more };
}

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [first, ...faults] = error.message.split("\n");
    expect(first).toBe("The configuration has faults:");
    return faults;
  }
}

test("what is not said has a default, and numbers are read out of texts", async () => {
  const tenants = [tenant(MUNICIPALITY.number), tenant(HOSPITAL.number)];
  const config = readConfig(await envWith({ tenants }, { SERVICE_PORT: "8080" }));
  expect(config).toMatchObject({
    tenants,
    SERVICE_HOST: "127.0.0.1",
    SERVICE_PORT: 8080,
    NATS_REPLICAS: 1,
    ALLOW_INSECURE_ISSUER: "no",
    ALLOW_LOOPBACK_WEBHOOKS: "no",
  });
});

test("every fault is told at once, and none of the values", async () => {
  const env = await envWith(
    { tenants: [] },
    { SERVICE_PORT: "70000", LOG_LEVEL: "loud", HELSEID_ISSUER: "ftp://secret" },
  );
  delete env["NATS_URL"];
  const faults = faultsOf(env);
  expect(faults).toEqual([
    " must have required property 'NATS_URL'",
    "SERVICE_PORT must be <= 65535",
    'HELSEID_ISSUER must match pattern "^https?://[^?#]+$"',
    "LOG_LEVEL must be one of: trace, debug, info, warn, error, silent",
    "SERVICE_TENANTS #/tenants must NOT have fewer than 1 items",
  ]);
  expect(faults.join()).not.toContain("secret");
});

test.each([
  ["no file", undefined],
  ["no JSON", '{"tenants": [{"natsSeed": "SAAX" "masterKey": "c2hvcnQ"}]}'],
  ["no list", { tenants: {} }],
  [
    "a key that is too short",
    { tenants: [{ ...tenant(MUNICIPALITY.number), masterKey: "c2hvcnQ" }] },
  ],
  ["a seed of another kind", { tenants: [{ ...tenant(MUNICIPALITY.number), natsSeed: "SAAX" }] }],
  [
    "an unknown topic",
    {
      tenants: [
        {
          ...tenant(MUNICIPALITY.number),
          sharing: [{ topic: "diet", url: "https://x", audience: "x" }],
        },
      ],
    },
  ],
  [
    "the same controller twice",
    { tenants: [tenant(MUNICIPALITY.number), tenant(MUNICIPALITY.number)] },
  ],
  ["a controller whose number cannot be right", { tenants: [tenant("312345014")] }],
])("tenants that are %s are a fault, told without a secret", async (_, file) => {
  const env = await envWith(
    file ?? "",
    file === undefined ? { SERVICE_TENANTS: join(directory, "none.json") } : {},
  );
  const faults = faultsOf(env);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^SERVICE_TENANTS /);
  expect(faults[0]).not.toMatch(/SU[A-Z2-7]{20}|c2hvcnQ|SAAX/);
});

test("an endpoint is https at a customary port, unless this is for one machine", () => {
  const strict = { allowLoopbackWebhooks: false };
  const loose = { allowLoopbackWebhooks: true };
  for (const url of ["https://receiver.example/", "https://receiver.example:8443/hook?x=1"]) {
    expect(parseEndpoint(url, strict)).toBe(url);
    expect(parseEndpoint(url, loose)).toBe(url);
  }
  for (const url of [
    "http://127.0.0.1:3000/hook",
    "http://localhost:3000/",
    "http://[::1]:3000/",
  ]) {
    expect(parseEndpoint(url, loose)).toBe(url);
    expect(() => parseEndpoint(url, strict)).toThrow("The request is not valid");
  }
  for (const url of [
    "http://receiver.example/",
    "https://receiver.example:22/",
    "http://127.0.0.1.example/",
    "data:text/plain,x",
  ])
    expect(() => parseEndpoint(url, loose)).toThrow("The request is not valid");
});
