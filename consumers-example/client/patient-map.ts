import { inTransaction } from "./in-transaction.ts";
import { openDatabase } from "./open-database.ts";

/** Whose handle it is at one tenant, in the consumer's own name for the patient. */
export type KnownHandle = { readonly handle: string; readonly patient: string };

/** Knows own patients by the handles that tenants gave for them, so that a notice needs no call. */
export type PatientMap = AsyncDisposable & {
  remember(tenant: string, known: readonly KnownHandle[]): void;
  forget(tenant: string, handle: string): void;
  patientOf(tenant: string, handle: string): string | undefined;
  handlesOf(tenant: string): readonly KnownHandle[];
};

/** A map in a file. A handle once given stays the same for as long as the person is known. */
export function openPatientMap(path: string): PatientMap {
  const database = openDatabase(path, { durable: true });
  database.exec(`create table if not exists handle (
    tenant text not null, handle text not null, patient text not null,
    primary key (tenant, handle)) strict, without rowid`);
  const upsert = database.prepare(
    `insert into handle (tenant, handle, patient) values (?, ?, ?)
     on conflict do update set patient = excluded.patient`,
  );
  const remove = database.prepare("delete from handle where tenant = ? and handle = ?");
  const one = database.prepare("select patient from handle where tenant = ? and handle = ?");
  const all = database.prepare("select handle, patient from handle where tenant = ?");
  return {
    remember(tenant, known) {
      inTransaction(database, () => {
        for (const { handle, patient } of known) upsert.run(tenant, handle, patient);
      });
    },
    forget(tenant, handle) {
      remove.run(tenant, handle);
    },
    patientOf(tenant, handle) {
      const patient = one.get(tenant, handle)?.["patient"];
      return typeof patient === "string" ? patient : undefined;
    },
    handlesOf(tenant) {
      return all
        .all(tenant)
        .map((row) => ({ handle: String(row["handle"]), patient: String(row["patient"]) }));
    },
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}
