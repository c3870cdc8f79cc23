import { BrokerError } from "./broker-error.ts";
import { listeningUrl } from "./ports-file.ts";
import type { ServerFiles } from "./server-files.ts";
import type { ServerLog } from "./server-log.ts";
import type { ServerProcess } from "./server-process.ts";
import { waitFor } from "./wait-for.ts";

/** An empty store is up in 30 ms; a large one is read through first. */
const READY_TIMEOUT_MS = 30_000;

/** What nats-server logs of a stored stream that it then leaves out, as if it were not there. */
const LEFT_OUT = [
  "Error decrypting our stream",
  "Bad stream encryption key",
  "Error unmarshalling stream metafile",
  "checksums do not match",
  "Error recreating stream",
];

/**
 * Waits until a server that was just started accepts connections.
 *
 * A server with the wrong key for its store, or a damaged store, comes up all the same and shows no streams. Those who
 * find none would make new ones: such a start is an error here.
 *
 * @throws BrokerError `not-started` or `store-unreadable`, with the last lines that it logged.
 */
export async function awaitReady(
  server: ServerProcess,
  files: ServerFiles,
  log: ServerLog,
): Promise<URL> {
  const url = await waitFor(
    async () => (server.ended() ? null : await listeningUrl(files, server.pid)),
    READY_TIMEOUT_MS,
  );
  if (!url) {
    const what =
      url === null ? "ended while it started" : `was not ready after ${READY_TIMEOUT_MS / 1000} s`;
    throw new BrokerError(
      "not-started",
      `nats-server ${what}. Its last lines:\n${await log.tail()}`,
    );
  }
  const text = await log.read();
  const complaints = text
    .split("\n")
    .filter((line) => LEFT_OUT.some((phrase) => line.includes(phrase)));
  if (complaints.length === 0) return url;
  throw new BrokerError(
    "store-unreadable",
    `nats-server cannot read all of the store ${files.directory}; is the encryption key the one it was written with?\n${complaints.join("\n")}`,
  );
}
