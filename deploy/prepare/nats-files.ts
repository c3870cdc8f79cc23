import { join } from "node:path";
import { renderNatsConfig } from "#broker/server/nats-config";
import { STORE_KEY_VARIABLE } from "#broker/server/store-key";
import { makeOwnerOnlyDirectory, writeOwnerOnly } from "../site/owner-only-file.ts";
import { natsAccounts, type Site } from "../site/site.ts";

export type NatsOptions = {
  readonly directory: string;
  /** Where the server is to listen. */
  readonly url: string;
  /** Key for encryption at rest. */
  readonly storeKey: string;
};

/**
 * Writes the configuration of the NATS server. The store lies in another folder than the configuration, which holds its
 * key: a copy of the one without the other can be read by nobody.
 */
export async function writeNatsFiles(
  site: Site,
  { directory, url, storeKey }: NatsOptions,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const storeDirectory = join(directory, "nats-store", "store");
  await makeOwnerOnlyDirectory(storeDirectory);
  const text = renderNatsConfig({
    host: hostname,
    port: Number(port),
    storeDirectory,
    syncInterval: "always",
    encryptionKeyVariable: STORE_KEY_VARIABLE,
    accounts: natsAccounts(site),
  });
  const key = `${STORE_KEY_VARIABLE}: "${storeKey}"\n`; // nats-server looks here before in its environment
  await writeOwnerOnly(join(directory, "nats", "nats-server.conf"), key + text);
}
