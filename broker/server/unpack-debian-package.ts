import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DebianArchive, findDebianArchive } from "./debian-archive.ts";
import type { Unpacked, Unpacker } from "./unpacker.ts";

const run = promisify(execFile);
/** A suite's index is about 10 MB and the package 5 MB: seconds on most lines, two minutes on a poor one. */
const APT_TIMEOUT_MS = 120_000;

/**
 * Unpacks nats-server from a suite of the machine's own Debian archive.
 *
 * Installs nothing and needs no root: apt works in a folder of its own, checks the archive's signature with the
 * machine's own keyring, and only the program is taken out of the package.
 */
export function debianPackage(suite: "testing" | "sid"): Unpacker {
  return {
    name: `the Debian archive (${suite})`,
    async unpack(folder): Promise<Unpacked> {
      const archive = await findDebianArchive();
      if (archive === undefined)
        return { outcome: "unavailable", reason: "no Debian archive among apt's sources" };
      const work = await mkdtemp(join(tmpdir(), "nats-server-apt-"));
      try {
        return await download({ archive, suite, work, folder });
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  };
}

interface Download {
  readonly archive: DebianArchive;
  readonly suite: string;
  readonly work: string;
  readonly folder: string;
}

async function download({ archive, suite, work, folder }: Download): Promise<Unpacked> {
  await layOut(work, `deb [signed-by=${archive.keyring}] ${archive.address} ${suite} main\n`);
  const apt = (...args: string[]) =>
    run("apt-get", ["-q", "-c", join(work, "apt.conf"), ...args], {
      cwd: work,
      timeout: APT_TIMEOUT_MS,
    });
  await apt("update");
  await apt("download", "nats-server");
  const file = (await readdir(work)).find((name) => name.endsWith(".deb"));
  if (file === undefined) return { outcome: "unavailable", reason: `${suite} has no nats-server` };
  await run("dpkg-deb", ["--extract", join(work, file), folder], { timeout: APT_TIMEOUT_MS });
  return { outcome: "unpacked", file: join(folder, "usr/sbin/nats-server") };
}

async function layOut(work: string, source: string): Promise<void> {
  const folders = ["lists/partial", "cache/archives/partial", "log", "empty"];
  await Promise.all(folders.map((folder) => mkdir(join(work, folder), { recursive: true })));
  await writeFile(join(work, "sources.list"), source);
  await writeFile(join(work, "status"), "");
  await writeFile(join(work, "apt.conf"), aptConfiguration(work));
}

// Read after the machine's own settings: its proxies stay in force, its hooks do not run.
function aptConfiguration(work: string): string {
  return [
    `Dir::State "${work}";`,
    `Dir::State::status "${work}/status";`,
    `Dir::Cache "${work}/cache";`,
    `Dir::Log "${work}/log";`,
    `Dir::Etc::sourcelist "${work}/sources.list";`,
    `Dir::Etc::sourceparts "${work}/empty";`,
    `Dir::Etc::preferences "${work}/empty/none";`,
    `Dir::Etc::preferencesparts "${work}/empty";`,
    // As root, apt would download as a user that may not write here.
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "#clear DPkg::Post-Invoke;",
    "",
  ].join("\n");
}
