import { type Database, integer, type Query, type Row, text } from "./database.ts";
import { type ChainHead, type DisclosureLink, EMPTY_CHAIN, nextLink } from "./disclosure-chain.ts";
import type {
  Found,
  OutboxEntry,
  RecordOutcome,
  ResourceVersion,
  SearchLimits,
  SourceStore,
} from "./source-store.ts";

const VERSION_COLUMNS = "id, version, alias, recorded_at, resource";

// The insert itself demands that the version before is there; the primary key, that this one is not.
const INSERT_NEXT_VERSION = `
insert into resource_version (id, version, alias, recorded_at, bytes, resource)
select $1, $2, $3, $4, $5, $6
where (select coalesce(max(version), 0) from resource_version where id = $1) = $2 - 1
on conflict do nothing returning id`;

const CURRENT_OF_PATIENT = `
from resource_version as held where alias = $1 and not exists
  (select 1 from resource_version as newer where newer.id = held.id and newer.version > held.version)`;

/** The source's store in SQL that both engines speak. */
export class SqlStore implements SourceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  record(version: ResourceVersion, event: string): Promise<RecordOutcome> {
    return this.#database.transaction(async (query) => {
      if (!(await insertVersion(query, version))) return { kind: "not-next" };
      const [row] = await query(
        "insert into outbox (alias, event) values ($1, $2) returning sequence",
        [version.alias, event],
      );
      return { kind: "recorded", outboxSequence: integer(row ?? {}, "sequence") };
    });
  }

  async read(id: string, version?: number): Promise<ResourceVersion | undefined> {
    const select = `select ${VERSION_COLUMNS} from resource_version where id = $1`;
    const [row] =
      version === undefined
        ? await this.#database.query(`${select} order by version desc limit 1`, [id])
        : await this.#database.query(`${select} and version = $2`, [id, version]);
    return row === undefined ? undefined : versionOf(row);
  }

  async search(alias: string, limits: SearchLimits): Promise<Found> {
    const [counted] = await this.#database.query(`select count(*) as total ${CURRENT_OF_PATIENT}`, [
      alias,
    ]);
    const rows = await this.#database.query(
      `select ${VERSION_COLUMNS} from (
         select ${VERSION_COLUMNS}, sum(bytes) over (order by recorded_at desc, id) as running
         ${CURRENT_OF_PATIENT}) as found
       where running <= $2 order by recorded_at desc, id limit $3`,
      [alias, limits.bytes, limits.resources],
    );
    return { total: integer(counted ?? {}, "total"), resources: rows.map(versionOf) };
  }

  async unsent(limit: number): Promise<OutboxEntry[]> {
    const rows = await this.#database.query(
      "select sequence, alias, event from outbox where sent_at is null order by sequence limit $1",
      [limit],
    );
    return rows.map((row) => ({
      sequence: integer(row, "sequence"),
      alias: text(row, "alias"),
      event: text(row, "event"),
    }));
  }

  async markSent(sequences: readonly number[], at: string): Promise<void> {
    const places = sequences.map((_sequence, index) => `$${index + 2}`).join(", ");
    await this.#database.transaction((query) =>
      query(`update outbox set sent_at = $1 where sequence in (${places})`, [at, ...sequences]),
    );
  }

  async isSent(sequence: number): Promise<boolean> {
    const rows = await this.#database.query(
      "select sequence from outbox where sequence = $1 and sent_at is not null",
      [sequence],
    );
    return rows.length === 1;
  }

  disclose(entry: string): Promise<ChainHead> {
    return this.#database.exclusive(async (query) => {
      const [last] = await query(
        "select sequence, hash from disclosure order by sequence desc limit 1",
      );
      const head =
        last === undefined
          ? EMPTY_CHAIN
          : { sequence: integer(last, "sequence"), hash: text(last, "hash") };
      const { sequence, previous, hash } = nextLink(head, entry);
      await query(
        "insert into disclosure (sequence, entry, previous, hash) values ($1, $2, $3, $4)",
        [sequence, entry, previous, hash],
      );
      return { sequence, hash };
    });
  }

  async disclosures(after: number, limit: number): Promise<DisclosureLink[]> {
    const rows = await this.#database.query(
      `select sequence, entry, previous, hash from disclosure
       where sequence > $1 order by sequence limit $2`,
      [after, limit],
    );
    return rows.map((row) => ({
      sequence: integer(row, "sequence"),
      entry: text(row, "entry"),
      previous: text(row, "previous"),
      hash: text(row, "hash"),
    }));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}

async function insertVersion(query: Query, version: ResourceVersion): Promise<boolean> {
  const { id, alias, recordedAt, resource } = version;
  const bytes = Buffer.byteLength(resource);
  const rows = await query(INSERT_NEXT_VERSION, [
    id,
    version.version,
    alias,
    recordedAt,
    bytes,
    resource,
  ]);
  return rows.length === 1;
}

function versionOf(row: Row): ResourceVersion {
  return {
    id: text(row, "id"),
    version: integer(row, "version"),
    alias: text(row, "alias"),
    recordedAt: text(row, "recorded_at"),
    resource: text(row, "resource"),
  };
}
