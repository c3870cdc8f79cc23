import type { DatabaseSync } from "node:sqlite";

/** Does work as one commit: all of it, waiting for the disk once, or nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("begin immediate");
  try {
    work();
    database.exec("commit");
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}
