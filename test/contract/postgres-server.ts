import { spawn, spawnSync, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { accessSync, chownSync, constants, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Client } from "pg";

const START_TIMEOUT_MS = 20_000;

/** A directory with PostgreSQL's programs: the newest that Debian packages, or one of the PATH. */
export function findPostgres(): string | undefined {
  const packaged = globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed();
  const onPath = (process.env["PATH"] ?? "").split(delimiter);
  return [...packaged, ...onPath].find((directory) =>
    ["initdb", "postgres"].every((program) => isExecutable(join(directory, program))),
  );
}

export interface PostgresServer extends AsyncDisposable {
  /** Makes an empty database and gives its URL. */
  newDatabase(name: string): Promise<string>;
}

/**
 * Starts a PostgreSQL server of the test's own, on a socket in a temporary directory and on no port.
 * It refuses to run as root, so that it runs as `postgres` or `nobody` then.
 */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-pg-"));
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const as: SpawnOptions = { ...user, cwd: directory, stdio: ["ignore", "ignore", "pipe"] };
  const data = join(directory, "data");
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    { ...as, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  // Nothing here outlives the test, so nothing has to survive a loss of power.
  const settings = ["fsync=off", "listen_addresses=", `unix_socket_directories=${directory}`];
  const server = spawn(
    join(programs, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    as,
  );
  let said = "";
  server.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const urlOf = (database: string) =>
    `postgres://test@${encodeURIComponent(directory)}/${database}`;
  await untilReady(urlOf("postgres"), () => said);
  return {
    async newDatabase(name) {
      const client = new Client({ connectionString: urlOf("postgres") });
      await client.connect();
      await client.query(`create database "${name}"`);
      await client.end();
      return urlOf(name);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGINT"); // fast shutdown
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, said: () => string): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (performance.now() > until) throw new Error(`not ready: ${said()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("there is no unprivileged user to run PostgreSQL as");
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
