import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import { openDatabase } from "./open-database.ts";
import type { NumberSeries } from "./number-series.ts";

/** One subscription at one tenant. */
export type FeedName = { readonly tenant: string; readonly subscription: string };

/** How far the application has come in a subscription. */
export type FeedPosition = {
  /** Where to read on; undefined is the start. */
  readonly cursor: string | undefined;
  readonly series: NumberSeries;
};

/** Remembers positions over restarts. */
export type CursorStore = AsyncDisposable & {
  load(feed: FeedName): FeedPosition | undefined;
  save(feed: FeedName, position: FeedPosition): void;
};

const Stretches = Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }));
const judgeStretches = compileValidator(Stretches);

/**
 * Positions in a file. Writing does not wait for the disk: a position lost with the power makes
 * events come twice, never be lost.
 */
export function openCursorStore(path: string): CursorStore {
  const database = openDatabase(path, { durable: false });
  database.exec(`create table if not exists position (
    tenant text not null, subscription text not null, cursor text, last integer not null,
    missing text not null, primary key (tenant, subscription)) strict, without rowid`);
  const select = database.prepare(
    "select cursor, last, missing from position where tenant = ? and subscription = ?",
  );
  const upsert = database.prepare(
    `insert into position (tenant, subscription, cursor, last, missing) values (?, ?, ?, ?, ?)
     on conflict do update set cursor = excluded.cursor, last = excluded.last,
     missing = excluded.missing`,
  );
  return {
    load({ tenant, subscription }) {
      const row = select.get(tenant, subscription);
      if (row === undefined) return undefined;
      return {
        cursor: typeof row["cursor"] === "string" ? row["cursor"] : undefined,
        series: { last: Number(row["last"]), missing: readStretches(String(row["missing"])) },
      };
    },
    save({ tenant, subscription }, { cursor, series }) {
      upsert.run(tenant, subscription, cursor ?? null, series.last, JSON.stringify(series.missing));
    },
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}

function readStretches(text: string): Static<typeof Stretches> {
  const judged = judgeStretches(JSON.parse(text));
  if (!judged.valid) throw new Error("A position in the cursor store is unreadable");
  return judged.value;
}
