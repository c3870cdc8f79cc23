import { openPostgres } from "./postgres-database.ts";
import type { SourceStore } from "./source-store.ts";
import { SqlStore } from "./sql-store.ts";
import { openSqlite } from "./sqlite-database.ts";

/** Where a source keeps its data: in a directory of its own (SQLite) or on a PostgreSQL server. */
export type StorePlace =
  | { readonly kind: "directory"; readonly directory: string }
  | { readonly kind: "server"; readonly url: string };

/** Opens a source's store, and makes it when it is not there. */
export async function openStore(place: StorePlace): Promise<SourceStore> {
  return new SqlStore(
    place.kind === "directory" ? openSqlite(place.directory) : await openPostgres(place.url),
  );
}
