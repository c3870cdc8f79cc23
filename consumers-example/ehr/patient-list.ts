import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../client/in-transaction.ts";

/** A person on the EHR's own list. `id` is the EHR's own, and says nothing to others. */
export type OwnPatient = {
  readonly id: string;
  readonly identityNumber: string;
  readonly name: string;
};

/** The EHR's patients. Ids stay the same over restarts; who left the list is still known. */
export class PatientList {
  readonly #byId = new Map<string, OwnPatient>();
  readonly #present: readonly OwnPatient[];

  constructor(
    database: DatabaseSync,
    listed: readonly { readonly identityNumber: string; readonly name: string }[],
  ) {
    database.exec(`create table if not exists patient (
      place integer primary key, identity_number text not null unique, name text not null) strict`);
    const upsert = database.prepare(
      `insert into patient (identity_number, name) values (?, ?)
       on conflict (identity_number) do update set name = excluded.name`,
    );
    inTransaction(database, () => {
      for (const { identityNumber, name } of listed) upsert.run(identityNumber, name);
    });
    for (const row of database.prepare("select * from patient order by place").all()) {
      const id = `p${String(row["place"])}`;
      const identityNumber = String(row["identity_number"]);
      this.#byId.set(id, { id, identityNumber, name: String(row["name"]) });
    }
    const numbers = new Set(listed.map(({ identityNumber }) => identityNumber));
    this.#present = [...this.#byId.values()].filter((one) => numbers.has(one.identityNumber));
  }

  /** Who is on the list now, in the order in which they came. */
  get present(): readonly OwnPatient[] {
    return this.#present;
  }

  get(id: string): OwnPatient | undefined {
    return this.#byId.get(id);
  }
}
