import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ehrSettings } from "./ehr-settings.ts";
import { type ControllerSite, helseidRegistrations, type Site, tenantsFile } from "./site.ts";

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Files of a controller's source. */
export type SourceFiles = {
  readonly masterKey: string;
  readonly natsSeed: string;
  readonly store: string;
};

/** Where the settings of each part lie. */
export type SiteFiles = {
  readonly tenants: string;
  readonly registrations: string;
  /** Where `npm run publish` finds the sources. */
  readonly publish: string;
  readonly municipality: SourceFiles;
  readonly hospital: SourceFiles;
  readonly ehrs: { readonly gp: string; readonly ward: string; readonly stranger: string };
};

type Writer = (name: string, content: unknown) => Promise<string>;

/** Writes the settings of a site's parts into a folder; only its owner may read them. */
export async function writeSite(site: Site, directory: string): Promise<SiteFiles> {
  const folder = resolve(directory);
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  const write: Writer = async (name, content) => {
    const path = join(folder, name);
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    await writeFile(path, `${text}\n`, { mode: OWNER_ONLY_FILE });
    return path;
  };
  const ehrs = ehrSettings(site, ({ clientId }) => join(folder, "stores", clientId));
  return {
    tenants: await write("tenants.json", tenantsFile(site)),
    registrations: await write("helseid.json", helseidRegistrations(site)),
    publish: await write("publish.json", publishSettings(site)),
    municipality: await writeSource(site.municipality, folder, write),
    hospital: await writeSource(site.hospital, folder, write),
    ehrs: {
      gp: await write("gp-ehr.json", ehrs.gp),
      ward: await write("ward-ehr.json", ehrs.ward),
      stranger: await write("stranger-ehr.json", ehrs.stranger),
    },
  };
}

async function writeSource(
  { topic, masterKey, source }: ControllerSite,
  folder: string,
  write: Writer,
): Promise<SourceFiles> {
  return {
    masterKey: await write(`${topic}s.master-key`, masterKey),
    natsSeed: await write(`${topic}s.nats-seed`, source.seed),
    store: join(folder, "stores", `${topic}s`),
  };
}

/** What `npm run publish` needs: each resource goes to its controller's source, in that controller's name. */
function publishSettings({ addresses, municipality, hospital }: Site): unknown {
  return {
    issuer: addresses.issuer,
    allowInsecureIssuer: true,
    sources: { Observation: recordingPlace(municipality), CarePlan: recordingPlace(hospital) },
  };
}

function recordingPlace({ url, audience, client }: ControllerSite): unknown {
  return { url, audience, clientId: client.clientId, privateJwk: client.key.privateJwk };
}
