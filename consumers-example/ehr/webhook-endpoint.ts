import type { WebhookEndpoint } from "../client/webhook-receiver.ts";
import type { EhrSettings } from "./ehr-settings.ts";
import type { TenantStore } from "./tenant-store.ts";

/** Where a tenant's webhooks come, below the EHR's own address. */
export function webhookUrl(publicUrl: string, controller: string): string {
  return `${publicUrl}/webhooks/${controller}`;
}

/** What is known of the subscription whose webhooks come from a tenant. */
export function webhookEndpoints(
  settings: EhrSettings,
  tenants: TenantStore,
): (tenant: string) => WebhookEndpoint | "pending" | undefined {
  const awaited = new Set(
    settings.tenants
      .filter(({ delivery }) => delivery === "webhook")
      .map(({ controller }) => controller),
  );
  return (tenant) => {
    if (!awaited.has(tenant)) return undefined;
    const subscription = tenants.subscription(tenant);
    return subscription?.secret === undefined
      ? "pending"
      : { tenant, subscription: subscription.id, secrets: [subscription.secret] };
  };
}
