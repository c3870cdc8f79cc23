import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { commandOf, type Service } from "./composition.ts";
import { environmentHere, type PreparedSite } from "./prepared-site.ts";

/** The server refuses to run as root; on Debian this is `nobody`. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };
const IMAGES_OWN_PORT = 5432;

const asUser = process.getuid?.() === 0 ? UNPRIVILEGED : {};

/** Does what the image's entrypoint does: makes the cluster and starts the server. Its programs lie in a folder. */
export function startPostgresHere(
  site: PreparedSite,
  service: Service,
  programs: string,
): ChildProcess {
  const environment = environmentHere(site, service);
  const { PGDATA: data = "", POSTGRES_INITDB_ARGS: options = "" } = environment;
  const password = readFileSync(environment["POSTGRES_PASSWORD_FILE"] ?? "", "utf8");
  const sockets = makeAccessible(site.directory, data);
  const passwordFile = join(sockets, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "postgres", `--pwfile=${passwordFile}`, "--no-sync", ...options.split(" ")],
    { ...asUser, cwd: sockets, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = [
    `port=${portOf(site, service)}`,
    `unix_socket_directories=${sockets}`,
    "fsync=off",
  ];
  const words = commandOf(service)
    .slice(1)
    .map((word) => site.translate(service, word));
  return spawn(
    join(programs, "postgres"),
    ["-D", data, ...words, ...settings.flatMap((setting) => ["-c", setting])],
    { ...asUser, cwd: sockets, stdio: ["ignore", "ignore", "pipe"] },
  );
}

/** Lets the server's user through to its data. @returns a folder for its sockets */
function makeAccessible(directory: string, data: string): string {
  const sockets = join(directory, "sockets");
  mkdirSync(sockets);
  chmodSync(directory, 0o711);
  if (process.getuid?.() === 0) {
    for (const folder of [sockets, dirname(data), data])
      chownSync(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  }
  return sockets;
}

/** Runs the statements of the folder that the image's entrypoint looks in, as the superuser. */
export async function runStatements(site: PreparedSite, service: Service): Promise<void> {
  const folder = site.place(service, "/docker-entrypoint-initdb.d") ?? "";
  const password = readFileSync(join(folder, "superuser-password"), "utf8").trim();
  const port = portOf(site, service);
  const client = new Client({ host: "127.0.0.1", port, user: "postgres", password });
  await client.connect();
  const statements = readFileSync(join(folder, "databases.sql"), "utf8").trim().split("\n");
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function portOf(site: PreparedSite, service: Service): number {
  return Number(site.translate(service, `:${IMAGES_OWN_PORT}`).slice(1));
}
