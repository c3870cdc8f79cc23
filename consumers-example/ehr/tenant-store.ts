import type { DatabaseSync } from "node:sqlite";
import { judgeTenantInfo, type TenantInfo } from "../client/tenant-answers.ts";

/** The subscription that the EHR has at a tenant. */
export type OwnSubscription = {
  readonly id: string;
  /** What was asked for, as JSON: when the settings ask for something else, a new one is made. */
  readonly request: string;
  readonly secret: string | undefined;
};

/** What the EHR keeps about each tenant, so that a restart goes on where it was. */
export class TenantStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`
      create table if not exists tenant (
        controller text primary key, info text, subscription text, request text, secret text,
        message text) strict, without rowid;
      create table if not exists roster (
        subscription text not null, patient text not null, handle text not null,
        primary key (subscription, patient)) strict, without rowid;`);
  }

  info(controller: string): TenantInfo | undefined {
    const text = this.#row(controller)?.["info"];
    if (typeof text !== "string") return undefined;
    const judged = judgeTenantInfo(JSON.parse(text));
    return judged.valid ? judged.value : undefined;
  }

  saveInfo(controller: string, info: TenantInfo): void {
    this.#run(
      `insert into tenant (controller, info) values (?, ?)
       on conflict do update set info = excluded.info`,
      [controller, JSON.stringify(info)],
    );
  }

  subscription(controller: string): OwnSubscription | undefined {
    const row = this.#row(controller);
    const [id, request, secret] = [row?.["subscription"], row?.["request"], row?.["secret"]];
    if (typeof id !== "string" || typeof request !== "string") return undefined;
    return { id, request, secret: typeof secret === "string" ? secret : undefined };
  }

  saveSubscription(controller: string, { id, request, secret }: OwnSubscription): void {
    this.#run(
      `insert into tenant (controller, subscription, request, secret) values (?, ?, ?, ?)
       on conflict do update set subscription = excluded.subscription,
       request = excluded.request, secret = excluded.secret, message = null`,
      [controller, id, request, secret ?? null],
    );
  }

  /** What the tenant last told about the subscription itself, by event type. */
  message(controller: string): string | undefined {
    const message = this.#row(controller)?.["message"];
    return typeof message === "string" ? message : undefined;
  }

  saveMessage(controller: string, type: string): void {
    this.#run("update tenant set message = ? where controller = ?", [type, controller]);
  }

  /** Handles by own patient, for the persons that are on a subscription's roster. */
  roster(subscription: string): ReadonlyMap<string, string> {
    const rows = this.#database
      .prepare("select patient, handle from roster where subscription = ?")
      .all(subscription);
    return new Map(rows.map((row) => [String(row["patient"]), String(row["handle"])]));
  }

  addToRoster(subscription: string, patient: string, handle: string): void {
    this.#run("insert or replace into roster (subscription, patient, handle) values (?, ?, ?)", [
      subscription,
      patient,
      handle,
    ]);
  }

  removeFromRoster(subscription: string, patient: string): void {
    this.#run("delete from roster where subscription = ? and patient = ?", [subscription, patient]);
  }

  #row(controller: string): Record<string, unknown> | undefined {
    return this.#database.prepare("select * from tenant where controller = ?").get(controller);
  }

  #run(sql: string, values: (string | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }
}
