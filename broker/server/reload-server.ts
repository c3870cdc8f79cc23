import { readFile, rename, writeFile } from "node:fs/promises";
import { BrokerError } from "./broker-error.ts";
import type { ServerFiles } from "./server-files.ts";
import { type ServerLog, serverLogFromNow } from "./server-log.ts";
import type { ServerProcess } from "./server-process.ts";
import { waitFor } from "./wait-for.ts";

/** Reading a file of accounts again takes milliseconds. */
const RELOAD_TIMEOUT_MS = 10_000;
const OWNER_ONLY = 0o600;

/**
 * Gives a running server a changed configuration, and waits until it says that it has taken it.
 *
 * @throws BrokerError `reload-refused`, with the log's tail; the server goes on with the old configuration, and the file
 *   is the old one again.
 */
export async function reloadServer(
  server: ServerProcess,
  files: ServerFiles,
  config: string,
): Promise<void> {
  const before = await readFile(files.config, "utf8");
  const log = await serverLogFromNow(files);
  await replaceFile(files.config, config);
  server.signal("SIGHUP");
  const accepted = await waitFor(() => verdict(server, log), RELOAD_TIMEOUT_MS);
  if (accepted === true) return;
  await replaceFile(files.config, before);
  throw new BrokerError(
    "reload-refused",
    `nats-server did not take the changed configuration:\n${await log.tail()}`,
  );
}

/** Replaces a file as a whole: no reader ever sees half of it. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: OWNER_ONLY });
  await rename(`${file}.new`, file);
}

async function verdict(server: ServerProcess, log: ServerLog): Promise<boolean | undefined> {
  if (server.ended()) return false;
  const text = await log.read();
  if (text.includes("[INF] Reloaded server configuration")) return true;
  return text.includes("[ERR] Failed to reload") ? false : undefined;
}
