/** A value that a column can hold, alike in both engines. */
export type Cell = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement with parameters `$1`, `$2`, … and gives its rows. */
export type Query = (sql: string, parameters?: readonly Cell[]) => Promise<Row[]>;

/** What both engines can do. All statements of ours run on both; only the tables' definitions differ. */
export interface Database extends AsyncDisposable {
  readonly query: Query;
  /** Runs statements that take effect together or not at all; durable when it resolves. */
  transaction<T>(run: (query: Query) => Promise<T>): Promise<T>;
  /** As `transaction`, one at a time over all processes that use the database. */
  exclusive<T>(run: (query: Query) => Promise<T>): Promise<T>;
}

/** Reads a column of text. */
export function text(row: Row, column: string): string {
  const cell = row[column];
  if (typeof cell !== "string") throw new TypeError(`Column ${column} holds no text`);
  return cell;
}

/** Reads a column of whole numbers, which PostgreSQL's client gives as text when they may be large. */
export function integer(row: Row, column: string): number {
  const number = Number(row[column]);
  if (!Number.isSafeInteger(number)) throw new TypeError(`Column ${column} holds no whole number`);
  return number;
}
