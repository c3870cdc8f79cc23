import { Writable } from "node:stream";
import { vi } from "vitest";
import type { EhrSettings, TenantSettings } from "#consumers-example/ehr/ehr-settings";
import { createLog } from "#consumers-example/ehr/create-log";
import { startEhr, type Ehr } from "#consumers-example/ehr/start-ehr";
import { Browser } from "#demo/browser";
import { freePorts } from "#demo/free-ports";
import { PATIENTS, PRACTITIONERS } from "#deploy/site/parties";
import { EHR_ORGANISATION, startTestHelseid, type TestHelseid } from "./helseid-client.ts";
import type { ScriptedTenant } from "./scripted-site.ts";
import { PATIENTLY } from "./patience.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SCRIPT_TOKEN = "script-token-of-a-test-0123456789abcdef";

export type TestEhr = AsyncDisposable & {
  readonly url: string;
  readonly helseid: TestHelseid;
  readonly ehr: Ehr;
  readonly folder: { at: (name: string) => string };
  /** Everything that was logged. */
  log(): string;
  /** Stops the EHR and starts it again on the same stores. */
  restart(change?: Partial<EhrSettings>): Promise<void>;
  inbox(): Promise<Record<string, unknown>[]>;
  /** Waits until the inbox holds so many. */
  filled(count: number): Promise<Record<string, unknown>[]>;
  status(): Promise<Record<string, unknown>[]>;
  ready(): Promise<void>;
  logIn(who?: { identityNumber: string }): Promise<Browser>;
};

type Setup = {
  readonly tenants: readonly ScriptedTenant[];
  readonly tenant?: Partial<TenantSettings>;
  readonly patients?: EhrSettings["patients"];
  readonly name?: string;
};

/** An EHR in this process, with HelseID's stand-in. */
export async function startTestEhr(setup: Setup): Promise<TestEhr> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const helseid = stack.use(await startTestHelseid(`${url}/innlogging/tilbake`));
  let logged = "";
  const log = createLog(
    "trace",
    new Writable({
      write: (chunk, _encoding, done) => {
        logged += String(chunk);
        done();
      },
    }),
  );
  let settings = settingsOf(setup, helseid, folder.at("store"));
  const start = () => startEhr({ host: "127.0.0.1", port, settings, log });
  let ehr = await start();
  stack.defer(() => ehr[Symbol.asyncDispose]());
  const read = async (path: string): Promise<Record<string, unknown>[]> => {
    const headers = { authorization: `Bearer ${SCRIPT_TOKEN}` };
    const answer: unknown = await (await fetch(url + path, { headers })).json();
    return Array.isArray(answer) ? answer : Object(answer).tenants;
  };
  const inbox = () => read("/api/inbox");
  const owned = stack.move();
  return {
    url,
    helseid,
    get ehr() {
      return ehr;
    },
    folder,
    log: () => logged,
    async restart(change = {}) {
      await ehr[Symbol.asyncDispose]();
      settings = { ...settings, ...change };
      ehr = await start();
    },
    inbox,
    filled: (count) =>
      vi.waitUntil(async () => {
        const notices = await inbox();
        return notices.length >= count && notices;
      }, PATIENTLY),
    status: () => read("/api/status"),
    ready: async () => {
      await vi.waitUntil(async () => (await fetch(`${url}/health/ready`)).ok, PATIENTLY);
    },
    async logIn(who = PRACTITIONERS.gp) {
      const browser = new Browser();
      const page = await browser.open(`${url}/logg-inn`);
      await browser.open(page.url, { identity_number: who.identityNumber });
      return browser;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function settingsOf(
  { tenants, tenant = {}, patients, name }: Setup,
  helseid: TestHelseid,
  storeDirectory: string,
): EhrSettings {
  return {
    name: name ?? "Fjordvik legesenter",
    organisation: EHR_ORGANISATION,
    clientId: "ehr",
    privateJwk: helseid.key.privateJwk,
    issuer: helseid.issuer,
    allowInsecureIssuer: true,
    tenants: tenants.map(({ server, controller }) => ({
      serviceUrl: server.url,
      controller,
      topics: ["measurement", "plan"],
      delivery: "feed",
      roster: "snapshot",
      ...tenant,
    })),
    patients: patients ?? Object.values(PATIENTS),
    storeDirectory,
    scriptToken: SCRIPT_TOKEN,
  };
}
