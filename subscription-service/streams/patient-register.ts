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
 * The tenant's persons. Each person who is asked for is entered, in the same way whether they are
 * there already or not: neither the answer, nor its revision, nor the time it takes tells which.
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
    const distinct = [...new Set(aliases)];
    for (let start = 0; start < distinct.length; start += MAX_BATCH_MESSAGES) {
      const batch = distinct.slice(start, start + MAX_BATCH_MESSAGES);
      await this.#log.update(() => batch.map((alias) => this.#entry(alias)));
    }
    return aliases.map((alias) => this.#policy.patientOf(alias) ?? missingAfterEntry());
  }

  #entry(alias: string): PolicyWrite {
    const subject = policySubject("alias", alias);
    const patient = this.#policy.patientOf(alias) ?? toLetters(randomBytes(PATIENT_BYTES));
    const value = { sealedPatient: sealEntry(this.#keys.table, alias, patient) };
    return { subject, value, expectLast: this.#policy.sequenceOf(subject) };
  }
}

function missingAfterEntry(): never {
  throw new Error("A person that was entered is not there");
}
