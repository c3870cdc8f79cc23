import { randomBytes } from "node:crypto";
import { aliasOf } from "#schemas/alias";
import { toLetters } from "#schemas/letters";
import { sealEntry } from "#schemas/sealed-entry";
import { policySubject } from "#schemas/subject";
import type { TenantKeys } from "#schemas/tenant-keys";
import type { PolicyIndex } from "#decision/policy-index";
import { MAX_BATCH_MESSAGES } from "#broker/log/atomic-batch";
import type { PolicyLog, PolicyWrite } from "./policy-log.ts";

const PATIENT_BYTES = 16;

/**
 * The tenant's persons. A person who is asked for is entered at once and in the same way, whether
 * the controller has anything about them or not: the answer tells nothing.
 */
export class PatientRegister {
  readonly #keys: TenantKeys;
  readonly #policy: PolicyIndex;
  readonly #log: PolicyLog;

  constructor(keys: TenantKeys, policy: PolicyIndex, log: PolicyLog) {
    this.#keys = keys;
    this.#policy = policy;
    this.#log = log;
  }

  /** The patients of these identity numbers, in the same order. */
  async resolve(identityNumbers: readonly string[]): Promise<string[]> {
    const aliases = identityNumbers.map((number) => aliasOf(this.#keys.alias, number));
    const missing = [...new Set(aliases)].filter(
      (alias) => this.#policy.patientOf(alias) === undefined,
    );
    for (let start = 0; start < missing.length; start += MAX_BATCH_MESSAGES) {
      await this.#enter(missing.slice(start, start + MAX_BATCH_MESSAGES));
    }
    return aliases.map((alias) => this.#policy.patientOf(alias) ?? missingAfterEntry());
  }

  async #enter(aliases: readonly string[]): Promise<void> {
    await this.#log.update(() =>
      aliases
        .filter((alias) => this.#policy.patientOf(alias) === undefined)
        .map((alias) => this.#entry(alias)),
    );
  }

  #entry(alias: string): PolicyWrite {
    const patient = toLetters(randomBytes(PATIENT_BYTES));
    const value = { sealedPatient: sealEntry(this.#keys.table, alias, patient) };
    return { subject: policySubject("alias", alias), value, expectLast: 0 };
  }
}

function missingAfterEntry(): never {
  throw new Error("A person that was entered is not there");
}
