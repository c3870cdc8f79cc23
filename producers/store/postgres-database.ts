import { Pool } from "pg";
import type { Cell, Database, Query, Row } from "./database.ts";

/** Enough for the requests that a source serves at a time; a small server allows 100 in all. */
const MAX_CONNECTIONS = 10;

/** A request that cannot get a connection or an answer in this time is told so (503). */
const TIMEOUT_MS = 10_000;

/** Names our locks among those of other users of the server: any fixed number. */
const LOCK_SPACE = 74_210;
const SCHEMA_LOCK = 1;
const EXCLUSIVE_LOCK = 2;

/** As SQLite's tables (see sqlite-database.ts), with PostgreSQL's types, identity and triggers. */
const SCHEMA = `
create table if not exists resource_version (
  id text not null, version integer not null, alias text not null,
  recorded_at text not null, bytes integer not null, resource text not null,
  primary key (id, version)
);
create index if not exists resource_version_by_alias on resource_version (alias);
create table if not exists outbox (
  sequence bigint generated always as identity primary key,
  alias text not null, event text not null, sent_at text
);
create index if not exists outbox_unsent on outbox (sequence) where sent_at is null;
create table if not exists disclosure (
  sequence bigint primary key, entry text not null, previous text not null, hash text not null
);
create or replace function disclosure_is_kept() returns trigger language plpgsql as
  $$ begin raise exception 'disclosures are append-only'; end $$;
create or replace trigger disclosure_kept before update or delete or truncate on disclosure
  for each statement execute function disclosure_is_kept();
`;

/** Opens the database that a URL names (`postgres://…`), and makes the tables when they are not there. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    options: "-c synchronous_commit=on", // an acknowledgement means: on disk, whatever the server's default
  });
  pool.on("error", () => undefined); // an idle connection that dies is replaced; it ends nothing
  const database = new PostgresDatabase(pool);
  try {
    // Two processes that make the same table at once would disturb each other.
    await database.locked(SCHEMA_LOCK, (query) => query(SCHEMA));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}

class PostgresDatabase implements Database {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  readonly query: Query = (sql, parameters = []) => run(this.#pool, sql, parameters);

  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const result = await work((sql, parameters = []) => run(client, sql, parameters));
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  exclusive<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.locked(EXCLUSIVE_LOCK, work);
  }

  locked<T>(lock: number, work: (query: Query) => Promise<T>): Promise<T> {
    return this.transaction(async (query) => {
      await query("select pg_advisory_xact_lock($1, $2)", [LOCK_SPACE, lock]);
      return work(query);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.end();
  }
}

async function run(
  client: Pick<Pool, "query">,
  sql: string,
  parameters: readonly Cell[],
): Promise<Row[]> {
  // Without parameters PostgreSQL takes several statements at a time, as the schema needs.
  const result =
    parameters.length === 0
      ? await client.query<Row>(sql)
      : await client.query<Row>(sql, [...parameters]);
  return result.rows;
}
