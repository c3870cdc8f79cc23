import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Cell, Database, Query, Row } from "./database.ts";

const FILE = "source.sqlite";

/** How long a statement waits for another connection's transaction, and how often it looks. Ours take a millisecond. */
const BUSY_TIMEOUT_MS = 5000;
const BUSY_PAUSE_MS = 2;

/** SQLITE_BUSY: another connection is writing. */
const BUSY = 5;

/**
 * `strict` tables, and disclosures that neither update nor delete can touch. WAL with a full sync at
 * each commit: what was acknowledged survives a loss of power.
 */
const SCHEMA = `
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists resource_version (
  id text not null, version integer not null, alias text not null,
  recorded_at text not null, bytes integer not null, resource text not null,
  primary key (id, version)
) strict;
create index if not exists resource_version_by_alias on resource_version (alias);
create table if not exists outbox (
  sequence integer primary key autoincrement, alias text not null, event text not null, sent_at text
) strict;
create index if not exists outbox_unsent on outbox (sequence) where sent_at is null;
create table if not exists disclosure (
  sequence integer primary key, entry text not null, previous text not null, hash text not null
) strict;
create trigger if not exists disclosure_kept before update on disclosure
  begin select raise(abort, 'disclosures are append-only'); end;
create trigger if not exists disclosure_not_deleted before delete on disclosure
  begin select raise(abort, 'disclosures are append-only'); end;
`;

/** Opens the embedded database in a directory, which only its owner can read. */
export function openSqlite(directory: string): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, FILE);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  chmodSync(file, 0o600);
  database.exec(SCHEMA);
  // From here on waiting is done without blocking the process.
  database.exec("pragma busy_timeout = 0");
  return new SqliteDatabase(database);
}

class SqliteDatabase implements Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** There is one connection: whoever uses it waits for those before. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  readonly query: Query = (sql, parameters = []) =>
    this.#inTurn(() => whenFree(() => this.#run(sql, parameters)));

  transaction<T>(run: (query: Query) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      // Takes the one write lock at once, so that no statement of the transaction waits for it.
      await whenFree(() => this.#database.exec("begin immediate"));
      try {
        const result = await run(async (sql, parameters = []) => this.#run(sql, parameters));
        this.#database.exec("commit");
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("rollback");
        throw error;
      }
    });
  }

  exclusive<T>(run: (query: Query) => Promise<T>): Promise<T> {
    return this.transaction(run); // SQLite has one writer at a time anyway
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => this.#database.close());
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined); // its caller hears of the failure, the next in turn does not
    return result;
  }

  #run(sql: string, parameters: readonly Cell[]): Row[] {
    const prepared =
      this.#statements.get(sql) ?? this.#database.prepare(sql.replace(/\$(\d+)/g, "?$1"));
    this.#statements.set(sql, prepared);
    return prepared.all(...parameters);
  }
}

/** Does something when no other connection is in the way. */
async function whenFree<T>(act: () => T): Promise<T> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
    }
    await after(BUSY_PAUSE_MS);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === BUSY;
}
