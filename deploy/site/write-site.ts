import { join, resolve } from "node:path";
import { ehrSettings } from "./ehr-settings.ts";
import { writeOwnerOnly } from "./owner-only-file.ts";
import { type ControllerSite, helseidRegistrations, type Site, tenantsFile } from "./site.ts";

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

/**
 * Writes the settings of a site's parts; only their owner may read them. Each part has a folder of its own, with its
 * store if it keeps one, so that it can be given that alone.
 */
export async function writeSite(site: Site, directory: string): Promise<SiteFiles> {
  const folder = resolve(directory);
  const write: Writer = async (name, content) => {
    const path = join(folder, name);
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    await writeOwnerOnly(path, `${text}\n`);
    return path;
  };
  const ehrs = ehrSettings(site, ({ clientId }) => join(folder, clientId, "store"));
  return {
    tenants: await write("service/tenants.json", tenantsFile(site)),
    registrations: await write("helseid/registrations.json", helseidRegistrations(site)),
    publish: await write("publish.json", publishSettings(site)),
    municipality: await writeSource(site.municipality, folder, write),
    hospital: await writeSource(site.hospital, folder, write),
    ehrs: {
      gp: await write("gp-ehr/settings.json", ehrs.gp),
      ward: await write("ward-ehr/settings.json", ehrs.ward),
      stranger: await write("stranger-ehr/settings.json", ehrs.stranger),
    },
  };
}

async function writeSource(
  { topic, masterKey, source }: ControllerSite,
  folder: string,
  write: Writer,
): Promise<SourceFiles> {
  return {
    masterKey: await write(`${topic}s/master-key`, masterKey),
    natsSeed: await write(`${topic}s/nats-seed`, source.seed),
    store: join(folder, `${topic}s`, "store"),
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
