import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { toLetters } from "#schemas/letters";

const ID_BYTES = 16;

/** What is said when somebody asks why: who opened which notice about whom. */
export type AccessDecision = {
  readonly patient: string;
  readonly notice: string;
  /** HelseID's pseudonym of the practitioner. */
  readonly practitioner: string;
};

/**
 * The EHR's own record of each decision to let a practitioner look. Attestations name its id, and
 * it must be found again afterwards (trust framework, ATT-46).
 */
export class AccessDecisions {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
    database.exec(`create table if not exists access_decision (
      id text primary key, patient text not null, notice text not null,
      practitioner text not null, at text not null) strict, without rowid`);
  }

  /** Records a decision, before it is used, and gives its id. */
  record({ patient, notice, practitioner }: AccessDecision): string {
    const id = toLetters(randomBytes(ID_BYTES));
    const at = new Date(this.#now()).toISOString();
    this.#database
      .prepare("insert into access_decision values (?, ?, ?, ?, ?)")
      .run(id, patient, notice, practitioner, at);
    return id;
  }

  find(id: string): AccessDecision | undefined {
    const row = this.#database.prepare("select * from access_decision where id = ?").get(id);
    if (row === undefined) return undefined;
    return {
      patient: String(row["patient"]),
      notice: String(row["notice"]),
      practitioner: String(row["practitioner"]),
    };
  }
}
