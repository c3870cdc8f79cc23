import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a write waits for another process's, before it fails. */
const BUSY_TIMEOUT_MS = 5_000;

/** What lies here is about patients: nobody else on the machine reads it. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Opens a database file, made with its folder when it is not there. `durable` waits for the disk
 * at each commit, so that what was committed survives a power cut.
 */
export function openDatabase(path: string, { durable }: { durable: boolean }): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  chmodSync(path, FILE_MODE); // the files beside it, made from here on, follow
  database.exec("pragma journal_mode = wal");
  database.exec(`pragma synchronous = ${durable ? "full" : "normal"}`);
  return database;
}
