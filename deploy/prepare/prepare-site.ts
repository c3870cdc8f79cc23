import { join, resolve } from "node:path";
import { keepSiteKeys } from "../site/keep-site-keys.ts";
import { type Addresses, siteWith } from "../site/site.ts";
import { writeSite } from "../site/write-site.ts";
import type { PrepareConfig } from "./config.ts";
import { keepSecret } from "./keep-secret.ts";
import { writeNatsFiles } from "./nats-files.ts";
import { writePostgresFiles } from "./postgres-files.ts";

/**
 * Writes everything that the parts of a site start from, each part's in a folder of its own. Keys and passwords are
 * invented the first time and kept from then on; the rest follows from them and from the addresses.
 */
export async function prepareSite(config: PrepareConfig): Promise<void> {
  const directory = resolve(config.SITE_DIRECTORY);
  const keys = join(directory, "keys");
  const site = siteWith(await keepSiteKeys(join(keys, "site.json")), addressesOf(config));
  await writeSite(site, directory);
  const storeKey = await keepSecret(join(keys, "nats-store-key"));
  await writeNatsFiles(site, { directory, url: config.NATS_URL, storeKey });
  await writePostgresFiles({ directory, url: config.POSTGRES_URL, keys });
}

function addressesOf(config: PrepareConfig): Addresses {
  return {
    issuer: config.HELSEID_ISSUER,
    service: config.SERVICE_URL,
    measurements: config.MEASUREMENTS_URL,
    plans: config.PLANS_URL,
    gp: config.GP_EHR_URL,
    ward: config.WARD_EHR_URL,
    stranger: config.STRANGER_EHR_URL,
  };
}
