import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPOSE_FILE, type Composition, readComposition, type Service } from "./composition.ts";
import { configFaults } from "./config-faults.ts";
import { exposureFaults } from "./exposure-faults.ts";
import { type PreparedSite, prepareHere } from "./prepared-site.ts";
import { referenceFaults } from "./reference-faults.ts";
import { schemaFaults } from "./schema-faults.ts";

let site: PreparedSite;

beforeAll(async () => {
  site = await prepareHere(readComposition());
});
afterAll(() => site[Symbol.asyncDispose]());

async function faultsOf(composition: Composition): Promise<string[]> {
  return [
    ...schemaFaults(composition),
    ...referenceFaults(composition, site),
    ...exposureFaults(composition),
    ...(await configFaults(composition, site)),
  ];
}

test(`${COMPOSE_FILE} follows the Compose specification, names only what is there, and shows no more than it must`, async () => {
  expect(await faultsOf(readComposition())).toEqual([]);
});

describe("a planted fault is found:", () => {
  const planted: [string, string, (service: Service, composition: Composition) => unknown][] = [
    ["service", "must NOT have additional", (service) => Object.assign(service, { comand: [] })],
    [
      "service",
      "/healthcheck/interval",
      (service) => Object.assign(service.healthcheck ?? {}, { interval: "soon" }),
    ],
    [
      "service",
      "runs subscription-service/mian.ts, which is not there",
      (service) => (service.command = ["node", "subscription-service/mian.ts"]),
    ],
    [
      "service",
      "runs test/support/story.ts, which is not in the image",
      (service) => (service.command = ["node", "test/support/story.ts"]),
    ],
    [
      "service",
      "build needs deploy/Containerfile, which is not there",
      (service) => (service.build = { context: ".", dockerfile: "deploy/Containerfile" }),
    ],
    [
      "service",
      "nothing reads SERVICE_TENANT",
      (_, { services }) => rename(services["service"], "SERVICE_TENANTS", "SERVICE_TENANT"),
    ],
    [
      "service",
      "must have required property 'SERVICE_TENANTS'",
      (_, { services }) => rename(services["service"], "SERVICE_TENANTS", "SERVICE_TENANT"),
    ],
    ["service", "SERVICE_PORT must be integer", (service) => set(service, "SERVICE_PORT", "http")],
    [
      "service",
      "/site/service/tenant.json is not there after prepare",
      (service) => set(service, "SERVICE_TENANTS", "/site/service/tenant.json"),
    ],
    [
      "service",
      "/etc/tenants.json lies in no volume",
      (service) => set(service, "SERVICE_TENANTS", "/etc/tenants.json"),
    ],
    [
      "service",
      "HELSEID_ISSUER is http://127.0.0.1:8011, which is no address of a part",
      (service) => set(service, "HELSEID_ISSUER", "http://127.0.0.1:8011"),
    ],
    [
      "service",
      "asks for its health at 8021, where it does not listen",
      (service) =>
        (service.healthcheck = {
          test: ["CMD", "node", "deploy/health/main.ts", "http://127.0.0.1:8021/"],
        }),
    ],
    [
      "service",
      "runs deploy/helth/main.ts, which is not there",
      (service) => (service.healthcheck = { test: ["CMD", "node", "deploy/helth/main.ts"] }),
    ],
    [
      "service",
      "mounts services, which is not declared",
      (service) => (service.volumes = ["services:/site/service"]),
    ],
    [
      "service",
      "mounts extra, which prepare does not fill",
      (service, { volumes }) => {
        volumes["extra"] = null;
        service.volumes = ["extra:/site/service"];
      },
    ],
    [
      "service",
      "needs broker, which is not there",
      (service) => (service.depends_on = { broker: { condition: "service_started" } }),
    ],
    [
      "service",
      "waits for service_healthy of prepare, in vain",
      (service) => (service.depends_on = { prepare: { condition: "service_healthy" } }),
    ],
    [
      "service",
      "waits for service_completed_successfully of nats, in vain",
      (service) => (service.depends_on = { nats: { condition: "service_completed_successfully" } }),
    ],
    [
      "service",
      "needs host, which is not there",
      (service) => (service.network_mode = "service:host"),
    ],
    ["service", "can write to its image", (service) => (service.read_only = false)],
    ["service", "keeps capabilities", (service) => delete service.cap_drop],
    ["service", "runs as root", (service) => (service.user = "0:0")],
    ["service", "is privileged", (service) => (service.privileged = true)],
    ["nats", "nats:latest is not held to a version", (service) => (service.image = "nats:latest")],
    [
      "postgres",
      "POSTGRES_PASSWORD would be a secret in the file",
      (service) => set(service, "POSTGRES_PASSWORD", "guess"),
    ],
    [
      "measurements",
      "SOURCE_STORE_DIRECTORY or DATABASE_URL must be given",
      (service) => (service.command = ["node", "producers/measurements/main.ts"]),
    ],
    [
      "prepare",
      "mounts /site/other, which is no folder of the image",
      (service, { volumes }) => {
        volumes["other"] = null;
        service.volumes?.push("other:/site/other");
      },
    ],
    [
      "machine",
      "publishes 0.0.0.0:8020:8020 beyond this machine",
      (service) => (service.ports = ["0.0.0.0:8020:8020"]),
    ],
    [
      "machine",
      "publishes 127.0.0.1:8021:8021, where nothing listens",
      (service) => (service.ports = ["127.0.0.1:8021:8021"]),
    ],
    [
      "machine",
      "publishes 127.0.0.1:9000:8020 under another address",
      (service) => (service.ports = ["127.0.0.1:9000:8020"]),
    ],
  ];

  test.each(planted)("%s: %s", async (name, fault, plant) => {
    const composition = structuredClone(readComposition());
    const service = composition.services[name];
    expect.assert(service !== undefined);
    plant(service, composition);
    expect(await faultsOf(composition)).toContainEqual(expect.stringContaining(fault));
  });
});

function set(service: Service, variable: string, value: string): void {
  service.environment = { ...service.environment, [variable]: value };
}

function rename(service: Service | undefined, from: string, to: string): void {
  const entries = Object.entries(service?.environment ?? {});
  if (service !== undefined)
    service.environment = Object.fromEntries(
      entries.map(([name, value]) => [name === from ? to : name, value]),
    );
}
