import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseEnv, promisify } from "node:util";

const run = promisify(execFile);
/** Asking apt for its addresses needs no network; a minute covers a slow disk. */
const ASK_APT_TIMEOUT_MS = 60_000;
/** Newer releases of Debian name the keyring `.pgp`, older ones `.gpg`. */
const KEYRINGS = ["pgp", "gpg"].map(
  (suffix) => `/usr/share/keyrings/debian-archive-keyring.${suffix}`,
);
const SUITES = ["sid", "unstable", "testing", "stable", "oldstable"];

/** The archive that this machine's own apt uses. */
export interface DebianArchive {
  readonly address: string;
  readonly keyring: string;
}

/** Finds the Debian archive among apt's own sources; nothing when the system is not Debian or has no such source. */
export async function findDebianArchive(): Promise<DebianArchive | undefined> {
  const release = parseEnv(await readFile("/etc/os-release", "utf8").catch(() => ""));
  const keyring = KEYRINGS.find((file) => existsSync(file));
  if (release["ID"] !== "debian" || keyring === undefined) return undefined;
  // Unlike `apt-get indextargets`, this answers before the first update too, as on a slim image.
  const { stdout } = await run("apt-get", ["update", "--print-uris"], {
    timeout: ASK_APT_TIMEOUT_MS,
  });
  const address = archiveAddress(stdout, release["VERSION_CODENAME"]);
  return address === undefined ? undefined : { address, keyring };
}

/**
 * Picks the address of the main archive from what `apt-get update --print-uris` prints. Security, updates and other
 * makers' archives have other suites than the release itself, and are passed over.
 */
export function archiveAddress(
  printedUris: string,
  codename: string | undefined,
): string | undefined {
  const found = [...printedUris.matchAll(/^'(\S+?)\/dists\/([^/'\s]+)\/InRelease'/gm)];
  return found.find(([, , suite = ""]) => suite === codename || SUITES.includes(suite))?.[1];
}
