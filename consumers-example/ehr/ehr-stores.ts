import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openCursorStore, type CursorStore } from "../client/cursor-store.ts";
import { openDatabase } from "../client/open-database.ts";
import { openPatientMap, type PatientMap } from "../client/patient-map.ts";
import { openWebhookMemory, type WebhookMemory } from "../client/webhook-memory.ts";
import { AccessDecisions } from "./access-decisions.ts";
import type { EhrSettings } from "./ehr-settings.ts";
import { Inbox } from "./inbox.ts";
import { PatientList } from "./patient-list.ts";
import { TenantStore } from "./tenant-store.ts";

/** Everything that an EHR keeps on disk. */
export type EhrStores = AsyncDisposable & {
  readonly inbox: Inbox;
  readonly tenants: TenantStore;
  readonly patients: PatientList;
  readonly decisions: AccessDecisions;
  readonly handles: PatientMap;
  readonly cursors: CursorStore;
  readonly memory: WebhookMemory;
};

export function openEhrStores(settings: EhrSettings, now: () => number): EhrStores {
  const at = (name: string): string => join(settings.storeDirectory, name);
  const stack = new AsyncDisposableStack();
  const database: DatabaseSync = openDatabase(at("ehr.sqlite"), { durable: true });
  stack.defer(() => database.close());
  return {
    inbox: new Inbox(database, now),
    tenants: new TenantStore(database),
    patients: new PatientList(database, settings.patients),
    decisions: new AccessDecisions(database, now),
    handles: stack.use(openPatientMap(at("handles.sqlite"))),
    cursors: stack.use(openCursorStore(at("cursors.sqlite"))),
    memory: stack.use(openWebhookMemory(at("webhooks.sqlite"), now)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
