import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { GP_OFFICE, HOSPITAL, MUNICIPALITY, PATIENTS, PRACTITIONERS } from "#deploy/site/parties";
import { createControllerSystem } from "#demo/controller-system";
import { PractitionerAtWork } from "#demo/practitioner";
import { changedPlan, firstPlan } from "#demo/resources/care-plan";
import { type SiteAtWork, startSite } from "#demo/site-at-work";
import { Narrator } from "#demo/story/narrator";
import { playStory } from "#demo/story/play";
import { until } from "#demo/story/until";
import { aliasOf } from "#schemas/alias";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { type ApiClient, apiClient } from "../support/api-client.ts";
import { everyFile, everyMessage, holding } from "../support/search-everywhere.ts";

const run = promisify(execFile);
const PERSONS = [...Object.values(PATIENTS), ...Object.values(PRACTITIONERS)];
const IDENTITY_NUMBERS = PERSONS.map(({ identityNumber }) => identityNumber);

let directory: string;
let running: SiteAtWork;
let story: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-e2e-"));
  // Not encrypted, so that what the broker has written can be read.
  running = await startSite({ directory, report: () => undefined, natsEncryptionKey: null });
  let told = "";
  await playStory(running, new Narrator((text) => (told += text)));
  story = told;
}, 60_000);

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function consumer(client: string): ApiClient {
  return apiClient(running.site.addresses.issuer, {
    client,
    scopes: ["hendelsesstrom:events/subscribe"],
  });
}

async function notificationsOf(
  client: string,
  controller: string,
): Promise<Record<string, string>[]> {
  const base = `${running.site.addresses.service}/tenants/${controller}/subscriptions`;
  const call = consumer(client);
  const { subscriptions } = (await call("GET", base)).body as { subscriptions: { id: string }[] };
  const pages = await Promise.all(
    subscriptions.map(({ id }) => call("GET", `${base}/${id}/events`)),
  );
  return pages.flatMap(({ body }) => (body as { events: Record<string, string>[] }).events);
}

describe("nothing about a person leaves its place", () => {
  test("no identity number and no name in any message of any stream, in a log, or in the broker's files", async () => {
    const needles = [...IDENTITY_NUMBERS, ...PERSONS.map(({ name }) => name)];
    const messages = (
      await Promise.all(
        [running.site.municipality, running.site.hospital].map(({ service }) =>
          everyMessage(running.natsUrl, service),
        ),
      )
    ).flat();
    const [logs, store] = await Promise.all([
      everyFile(running.logs),
      everyFile(join(directory, "nats")),
    ]);
    expect(messages.length).toBeGreaterThan(50);
    expect(logs.join("").length).toBeGreaterThan(1000);
    expect(holding(messages, needles)).toEqual([]);
    expect(holding(logs, needles)).toEqual([]);
    expect(holding(store, needles)).toEqual([]);
  });

  test("the same search finds an identity number that was planted in a stream, in the broker's files and in a log", async () => {
    const { service } = running.site.municipality;
    const planted = PATIENTS.inga.identityNumber;
    const connection = await connect({
      servers: running.natsUrl,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(service.seed)),
    });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "PLANTED", subjects: ["planted"], allow_direct: true });
    await manager.jetstream().publish("planted", `subject ${planted}`);
    await writeFile(join(running.logs, "planted.log"), `{"patient":"${planted}"}\n`);
    expect(
      holding(await everyMessage(running.natsUrl, running.site.municipality.service), [planted]),
    ).toHaveLength(1);
    expect(holding(await everyFile(running.logs), [planted])).toHaveLength(1);
    expect(holding(await everyFile(join(directory, "nats")), [planted]).length).toBeGreaterThan(0);
    await manager.streams.delete("PLANTED");
    await rm(join(running.logs, "planted.log"));
    await connection.close();
  });

  test("the aliases that the log knows patients by are in no log file and in no notification", async () => {
    const aliases = [running.site.municipality, running.site.hospital].flatMap(({ masterKey }) => {
      const { alias } = deriveTenantKeys(Buffer.from(masterKey, "base64url"));
      return IDENTITY_NUMBERS.map((number) => aliasOf(alias, number));
    });
    const notifications = await notificationsOf("gp-ehr", MUNICIPALITY.number);
    expect(notifications.length).toBeGreaterThan(0);
    expect(
      holding(
        notifications.map((event) => JSON.stringify(event)),
        aliases,
      ),
    ).toEqual([]);
    expect(holding(await everyFile(running.logs), aliases)).toEqual([]);
    expect(
      holding(await everyMessage(running.natsUrl, running.site.municipality.service), aliases)
        .length,
    ).toBeGreaterThan(0);
  });

  test("two consumers' notifications of the same events share no id, handle, link or subscription", async () => {
    const [gp, ward] = await Promise.all([
      notificationsOf("gp-ehr", MUNICIPALITY.number),
      notificationsOf("ward-ehr", MUNICIPALITY.number),
    ]);
    const sameEvents = gp.filter(({ recordedtime }) =>
      ward.some((event) => event["recordedtime"] === recordedtime),
    );
    expect(sameEvents).toHaveLength(5);
    for (const attribute of ["id", "subject", "dataref", "subscription"]) {
      const [ours, theirs] = [gp, ward].map(
        (events) => new Set(events.map((event) => event[attribute])),
      );
      expect([...(ours ?? [])].filter((value) => theirs?.has(value))).toEqual([]);
    }
  });
});

describe("the main job", () => {
  test("is told step by step, with who was told, who was refused and why", () => {
    expect(story).toContain(`${GP_OFFICE.name} was told of 10`);
    expect(story).toContain("no-relationship");
    expect(story).toContain("blocked");
    expect(story).toContain("«Ikke tilgjengelig»");
  });

  test("a plan that was changed after its notice is shown as it is now, and the notice is marked superseded", async () => {
    const { site } = running;
    const hospital = await createControllerSystem(site, site.hospital);
    const patient = PATIENTS.inga.identityNumber;
    await hospital.administer("PUT", "/care-relationships/gp-inga", {
      consumer: GP_OFFICE.number,
      patient,
      class: "source-recorded",
      validity: { from: "2026-01-01T00:00:00Z" },
      reference: "epikrise",
    });
    const gp = await PractitionerAtWork.logIn(site.addresses.gp, PRACTITIONERS.gp);
    const before = new Set((await gp.inbox()).map((notice) => notice.id));
    const subject = { patient, controller: HOSPITAL.number, at: new Date().toISOString() };
    const id = await hospital.record(firstPlan(subject));
    const notice = await until(
      "the first notice",
      async () =>
        (await gp.inbox()).find(
          (one) =>
            one.tenant === HOSPITAL.number &&
            !one.superseded &&
            one.dataversion === "1" &&
            !before.has(one.id),
        ) ?? undefined,
    );
    await hospital.record(changedPlan(subject), id);
    const lookup = await gp.open(notice);
    expect(lookup).toMatchObject({ kind: "found", version: "2", superseded: true });
    expect(lookup.resource).toMatchObject({ meta: { versionId: "2" }, activity: { length: 4 } });
    const listed = await until("the notice to be marked", async () =>
      (await gp.inbox()).find((one) => one.id === notice.id && one.superseded),
    );
    expect(listed).toMatchObject({ dataversion: "1", superseded: true });
  });
});

describe("the examples of the README", () => {
  test("are the files that run", async () => {
    const readme = await readFile("README.md", "utf8");
    for (const file of [
      "producers/examples/own-producer.ts",
      "consumers-example/examples/own-consumer.ts",
    ]) {
      expect(readme).toContain(await readFile(file, "utf8"));
    }
  });

  test("a producer of one's own is heard by a consumer of one's own", async () => {
    const { site, natsUrl } = running;
    const { organisation, source, masterKey } = site.municipality;
    const shared = { controller: organisation.number, patient: PATIENTS.kari.identityNumber };
    const helseid = {
      issuer: site.addresses.issuer,
      clientId: site.ward.clientId,
      privateJwk: site.ward.key.privateJwk,
      allowInsecureIssuer: true,
    };
    const consumerFile = join(directory, "own-consumer.json");
    const store = join(directory, "own-consumer.db");
    await writeFile(
      consumerFile,
      JSON.stringify({ ...shared, helseid, serviceUrl: site.addresses.service, store }),
    );
    const producerFile = join(directory, "own-producer.json");
    await writeFile(
      producerFile,
      JSON.stringify({ ...shared, natsUrl, natsSeed: source.seed, masterKey }),
    );

    const own = spawn(
      process.execPath,
      ["consumers-example/examples/own-consumer.ts", consumerFile],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    onTestFinished(() => void own.kill());
    const lines = createInterface(own.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(/[a-p]{32}/);
    const published = await run(process.execPath, [
      "producers/examples/own-producer.ts",
      producerFile,
    ]);
    expect(published.stdout).toContain("published");
    const heard = await lines.next();
    expect(heard.value).toMatch(
      /^no\.hendelsesstrom\.measurement\.created\.v1 [a-p]{32} https:\/\/own-system\.example\/fhir\/Observation\/[a-p]+$/,
    );
  });
});
