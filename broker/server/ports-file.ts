import { readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { BrokerError } from "./broker-error.ts";
import type { ServerFiles } from "./server-files.ts";

const PORTS_FILE = /^nats-server_(\d+)\.ports$/;
/** Loopback answers at once; a frozen server's kernel answers for it. */
const CONNECT_TIMEOUT_MS = 1_000;

/** The address that the server with this process id listens on; undefined while it does not yet. */
export async function listeningUrl({ ports }: ServerFiles, pid: number): Promise<URL | undefined> {
  const name = (await readdir(ports)).find((file) => PORTS_FILE.exec(file)?.[1] === String(pid));
  if (name === undefined) return undefined;
  const text = await readFile(join(ports, name), "utf8").catch(() => "");
  return firstUrl(text);
}

function firstUrl(text: string): URL | undefined {
  const found = /"nats":\s*\["([^"]+)"/.exec(text)?.[1];
  return found !== undefined && URL.canParse(found) ? new URL(found) : undefined;
}

/**
 * Makes sure that no server runs on a store, and clears away what killed ones left. Two on one store would destroy it,
 * and nats-server does not look.
 *
 * @throws BrokerError `store-in-use`.
 */
export async function claimStore(files: ServerFiles): Promise<void> {
  for (const name of await readdir(files.ports)) {
    const pid = Number(PORTS_FILE.exec(name)?.[1]);
    const url = await listeningUrl(files, pid);
    // Both, because a process id is used again, and so is a port.
    if (url !== undefined && isAlive(pid) && (await answers(url))) {
      throw new BrokerError(
        "store-in-use",
        `A nats-server (process ${pid}) already runs on the store ${files.directory}`,
      );
    }
    await rm(join(files.ports, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process is alive, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function answers(url: URL): Promise<boolean> {
  const socket = connect({
    host: url.hostname,
    port: Number(url.port),
    timeout: CONNECT_TIMEOUT_MS,
  });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("connect", () => resolve(true));
  socket.once("timeout", () => resolve(false));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
