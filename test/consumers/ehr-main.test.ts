import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { freePorts } from "#demo/free-ports";
import { PATIENTS } from "#deploy/site/parties";
import { startPart } from "../support/started-part.ts";
import { EHR_ORGANISATION, startTestHelseid } from "./helseid-client.ts";
import { startScriptedTenant } from "./scripted-site.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { PATIENTLY } from "./patience.ts";

const SCRIPT_TOKEN = "script-token-of-a-test-0123456789abcdef";

type Notice = Record<string, unknown>;

test("an EHR as a process is killed in the middle of its feed, started again, and misses nothing", async () => {
  using folder = temporaryFolder();
  await using helseid = await startTestHelseid();
  await using tenant = await startScriptedTenant({
    controller: "312345013",
    name: "Fjordvik kommune",
    topic: "measurement",
  });
  const [port = 0] = await freePorts(1);
  const settings = {
    name: "Fjordvik legesenter",
    organisation: EHR_ORGANISATION,
    clientId: "ehr",
    privateJwk: helseid.key.privateJwk,
    issuer: helseid.issuer,
    allowInsecureIssuer: true,
    tenants: [
      {
        serviceUrl: tenant.server.url,
        controller: tenant.controller,
        topics: ["measurement"],
        delivery: "feed",
        roster: "snapshot",
      },
    ],
    patients: Object.values(PATIENTS),
    storeDirectory: folder.at("store"),
    scriptToken: SCRIPT_TOKEN,
  };
  writeFileSync(folder.at("ehr.json"), JSON.stringify(settings));
  const env = { EHR_CONFIG: folder.at("ehr.json"), EHR_PORT: String(port), LOG_LEVEL: "debug" };
  const start = () => startPart("consumers-example/ehr/main.ts", env);
  const inbox = async (): Promise<Notice[]> => {
    const headers = { authorization: `Bearer ${SCRIPT_TOKEN}` };
    const answer = await fetch(`http://127.0.0.1:${port}/api/inbox`, { headers });
    const notices: Notice[] = JSON.parse(await answer.text());
    return notices;
  };

  const first = await start();
  expect(first.ready).toEqual({
    ready: "ehr",
    name: settings.name,
    url: `http://127.0.0.1:${port}`,
  });
  await expect.poll(() => tenant.subscriptions.size, PATIENTLY).toBe(1);
  const total = 95;
  for (let n = 0; n < total; n += 1) tenant.tell(PATIENTS.kari.identityNumber);
  await expect.poll(async () => (await inbox()).length, PATIENTLY).toBeGreaterThan(3);
  await first.kill();

  await using second = await start();
  await expect.poll(async () => (await inbox()).length, PATIENTLY).toBe(total);
  const numbers = (await inbox()).map(({ eventnumber }) => Number(eventnumber));
  expect(numbers).toEqual(Array.from({ length: total }, (_, index) => total - index));
  expect(tenant.subscriptions.size).toBe(1);
  expect(first.log() + second.log()).not.toContain(PATIENTS.kari.identityNumber);
});
