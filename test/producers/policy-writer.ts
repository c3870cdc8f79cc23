import { randomBytes } from "node:crypto";
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { aliasOf } from "#schemas/alias";
import type { TopicName } from "#schemas/event-types";
import { toLetters } from "#schemas/letters";
import { sealEntry } from "#schemas/sealed-entry";
import { policySubject } from "#schemas/subject";
import type { TenantKeys } from "#schemas/tenant-keys";

const VALIDITY = { from: "2026-01-01T00:00:00Z" };

/** Writes policy as the subscription service does; each call resolves when it is in the log. */
export function policyWriter(
  connection: () => NatsConnection,
  keys: TenantKeys,
  controller: string,
) {
  const change = { by: controller, client: "test", at: "2026-11-22T09:00:00Z" };
  const patients = new Map<string, string>();
  const write = async (subject: string, value: unknown): Promise<number> =>
    (await jetstream(connection()).publish(subject, JSON.stringify(value))).seq;

  async function patientOf(identityNumber: string): Promise<string> {
    const alias = aliasOf(keys.alias, identityNumber);
    const patient = patients.get(alias) ?? toLetters(randomBytes(16));
    if (!patients.has(alias)) {
      patients.set(alias, patient);
      const sealedPatient = sealEntry(keys.table, alias, patient);
      await write(policySubject("alias", alias), { sealedPatient });
    }
    return patient;
  }

  return {
    write,
    patientOf,
    /** Lets the second number name the same patient as the first. */
    async sameAs(identityNumber: string, other: string): Promise<void> {
      const alias = aliasOf(keys.alias, other);
      const patient = await patientOf(identityNumber);
      patients.set(alias, patient);
      await write(policySubject("alias", alias), {
        sealedPatient: sealEntry(keys.table, alias, patient),
      });
    },
    agree: (consumer: string, topic: TopicName) =>
      write(policySubject("agreement", consumer), {
        consumer,
        topics: [{ topic, accepts: ["source-recorded"] }],
        legalBasis: "pasientjournalloven § 19",
        validity: VALIDITY,
        state: "active",
        change,
      }),
    relate: async (
      consumer: string,
      identityNumber: string,
      state: "active" | "ended" = "active",
    ) =>
      write(
        policySubject("relationship", controller, `${consumer}-${identityNumber.slice(4, 9)}`),
        {
          consumer,
          patient: await patientOf(identityNumber),
          class: "source-recorded",
          validity: VALIDITY,
          reference: "henvisning-1",
          state,
          change,
        },
      ),
    block: async (consumer: string, identityNumber: string, state: "set" | "lifted" = "set") =>
      write(policySubject("block", consumer), {
        patient: await patientOf(identityNumber),
        scope: { kind: "organisation", organisation: consumer },
        state,
        change,
      }),
  };
}

export type PolicyWriter = ReturnType<typeof policyWriter>;
