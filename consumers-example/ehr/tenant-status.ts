/** How it stands between the EHR and one tenant. */
export type TenantStatus = {
  readonly controller: string;
  /** The controller's name, once it has been told. */
  readonly name: string | undefined;
  readonly delivery: "feed" | "webhook";
  readonly subscription: string | undefined;
  /** Whether subscription and patient list are in place. */
  readonly ready: boolean;
  /** The last failure to reach or use the tenant, while it lasts. */
  readonly trouble: string | undefined;
  /** Type of what the tenant last told about the subscription itself. */
  readonly message: string | undefined;
  /** Numbers that were jumped over since the EHR started. */
  readonly missed: number;
};
