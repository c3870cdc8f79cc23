import type { PatientMap } from "../client/patient-map.ts";
import type { TenantApi } from "../client/tenant-api.ts";
import type { TenantSettings } from "./ehr-settings.ts";
import type { PatientList } from "./patient-list.ts";
import type { TenantStore } from "./tenant-store.ts";

/** What setting up at one tenant works with. */
export type TenantParts = {
  readonly api: TenantApi;
  readonly settings: TenantSettings;
  /** The EHR's own organisation number. */
  readonly consumer: string;
  /** Where this tenant's webhooks are to come. */
  readonly webhookUrl: string;
  readonly tenants: TenantStore;
  readonly patients: PatientList;
  readonly handles: PatientMap;
};
