import { randomBytes } from "node:crypto";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { toLetters } from "#schemas/letters";
import type { FhirVersion, NewNotice, StoredNotice } from "./notice.ts";

const ID_BYTES = 16;

/** Notices in one answer, newest first; older ones are asked for by `before`. */
export const INBOX_PAGE = 100;

const SCHEMA = `
create table if not exists notice (
  place integer primary key, id text not null unique, tenant text not null,
  subscription text not null, eventnumber integer not null,
  event_id text not null, type text not null,
  handle text not null, time text not null, recordedtime text not null, dataref text not null,
  dataversion integer not null, received_at text not null, opened_at text, shown_version integer,
  unavailable integer not null default 0, withdrawn integer not null default 0,
  unique (tenant, event_id)) strict;
create index if not exists notice_number on notice (subscription, eventnumber);
create index if not exists notice_about on notice (tenant, dataref, dataversion);
create table if not exists unreadable (
  place integer primary key, tenant text not null, subscription text not null,
  received_at text not null, raw text not null) strict;`;

/** A notice is superseded once a newer version of the same resource is known of. */
const SELECT = `select *, exists (
    select 1 from notice newer where newer.tenant = notice.tenant
    and newer.dataref = notice.dataref and newer.dataversion > notice.dataversion
  ) or coalesce(shown_version > dataversion, 0) as superseded from notice`;

/** The notices that an EHR has received. What is stored here waits for the disk. */
export class Inbox {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
    database.exec(SCHEMA);
  }

  /** Puts a notice in, once: an event's id stays the same at every attempt and way out. */
  add(notice: NewNotice): void {
    this.#database
      .prepare(
        `insert or ignore into notice (id, tenant, subscription, eventnumber, event_id, type, handle, time,
         recordedtime, dataref, dataversion, received_at) values (?,?,?,?,?,?,?,?,?,?,?,?)`,
      )
      .run(
        toLetters(randomBytes(ID_BYTES)),
        notice.tenant,
        notice.subscription,
        notice.eventnumber,
        notice.eventId,
        notice.type,
        notice.handle,
        notice.time,
        notice.recordedtime,
        notice.dataref,
        notice.dataversion,
        this.#timestamp(),
      );
  }

  /** The service has taken a number back: what it said is not to be acted on. */
  withdraw(subscription: string, eventnumber: number): void {
    this.#database
      .prepare("update notice set withdrawn = 1 where subscription = ? and eventnumber = ?")
      .run(subscription, eventnumber);
  }

  keepUnreadable(tenant: string, subscription: string, raw: unknown): void {
    this.#database
      .prepare("insert into unreadable (tenant, subscription, received_at, raw) values (?,?,?,?)")
      .run(tenant, subscription, this.#timestamp(), JSON.stringify(raw));
  }

  countUnreadable(): number {
    return Number(this.#database.prepare("select count(*) as n from unreadable").get()?.["n"]);
  }

  /** Newest first, from before a place in the list. */
  list(before = Number.MAX_SAFE_INTEGER, limit = INBOX_PAGE): StoredNotice[] {
    return this.#database
      .prepare(`${SELECT} where place < ? order by place desc limit ?`)
      .all(before, limit)
      .map(toNotice);
  }

  get(id: string): StoredNotice | undefined {
    const row = this.#database.prepare(`${SELECT} where id = ?`).get(id);
    return row === undefined ? undefined : toNotice(row);
  }

  /** A lookup showed the resource in this version. */
  markShown(id: string, version: FhirVersion): void {
    this.#database
      .prepare("update notice set opened_at = ?, shown_version = ?, unavailable = 0 where id = ?")
      .run(this.#timestamp(), version, id);
  }

  /** A lookup was told that there is nothing (for us). */
  markUnavailable(id: string): void {
    this.#database
      .prepare("update notice set opened_at = ?, unavailable = 1 where id = ?")
      .run(this.#timestamp(), id);
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}

function toNotice(row: Record<string, SQLOutputValue>): StoredNotice {
  return {
    place: Number(row["place"]),
    id: String(row["id"]),
    tenant: String(row["tenant"]),
    subscription: String(row["subscription"]),
    eventnumber: Number(row["eventnumber"]),
    eventId: String(row["event_id"]),
    type: String(row["type"]),
    handle: String(row["handle"]),
    time: String(row["time"]),
    recordedtime: String(row["recordedtime"]),
    dataref: String(row["dataref"]),
    dataversion: Number(row["dataversion"]),
    receivedAt: String(row["received_at"]),
    opened: row["opened_at"] !== null,
    superseded: row["superseded"] === 1,
    notAvailable: row["unavailable"] === 1 || row["withdrawn"] === 1,
  };
}
