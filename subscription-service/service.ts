import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { createAuthenticator } from "#authentication/authenticator";
import { discoverKeys } from "#authentication/discover-keys";
import { buildWebServer } from "#web/build-web-server";
import { registerHealth } from "#web/health";
import { listen } from "#web/listen";
import { requireCaller } from "#web/require-caller";
import { loopbackToo, publicAddressesOnly } from "./domain/address-rule.ts";
import { WebhookClient } from "./delivery/webhook-client.ts";
import { registerApi } from "./http/register-api.ts";
import type { ServiceConfig } from "./config.ts";
import { openTenant, type Tenant } from "./tenant.ts";
import type { TenantSettings } from "./tenants-file.ts";

/** A failed broker is tried again for as long as the process lives. */
const RECONNECT_FOREVER = -1;
const RECONNECT_WAIT_MS = 250;

export interface Service extends AsyncDisposable {
  readonly url: string;
}

type Rim = { readonly config: ServiceConfig; readonly log: Logger; readonly now: () => number };

/** Starts the subscription service: its tenants first, then the API in front of them. */
export async function startService(rim: Rim): Promise<Service> {
  const { config, log, now } = rim;
  await using stack = new AsyncDisposableStack();
  const rule = config.ALLOW_LOOPBACK_WEBHOOKS === "yes" ? loopbackToo : publicAddressesOnly;
  const client = stack.use(new WebhookClient({ rule, now }));
  const tenants: Tenant[] = [];
  for (const settings of config.tenants)
    tenants.push(stack.use(await connectTenant(settings, client, rim)));

  let url = "";
  const keys = await discoverKeys({
    issuer: config.HELSEID_ISSUER,
    allowInsecureIssuer: config.ALLOW_INSECURE_ISSUER === "yes",
  });
  const authenticator = createAuthenticator({
    issuer: config.HELSEID_ISSUER,
    audience: config.SERVICE_AUDIENCE,
    externalUrl: () => config.SERVICE_PUBLIC_URL ?? url,
    keys,
    now,
  });
  const app = await buildWebServer({
    title: "Hendelsesstrøm subscription service",
    version: "1",
    logger: log,
  });
  stack.defer(() => app.close());
  await registerApi(app, {
    tenants: new Map(tenants.map(({ context }) => [context.controller, context])),
    audience: config.SERVICE_AUDIENCE,
    allowLoopbackWebhooks: config.ALLOW_LOOPBACK_WEBHOOKS === "yes",
    requireScope: (scope) => requireCaller(authenticator, { scope }),
    now,
  });
  registerHealth(app, {
    checks: Object.fromEntries(
      tenants.map(({ context, check }) => [`tenant-${context.controller}`, check]),
    ),
  });
  url = await listen(app, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  const owned = stack.move();
  return {
    url: config.SERVICE_PUBLIC_URL ?? url,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function connectTenant(
  settings: TenantSettings,
  client: WebhookClient,
  { config, log, now }: Rim,
): Promise<Tenant> {
  await using stack = new AsyncDisposableStack();
  const connection = await connect({
    servers: config.NATS_URL,
    name: `subscription-service ${settings.controller}`,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(settings.natsSeed)),
    maxReconnectAttempts: RECONNECT_FOREVER,
    reconnectTimeWait: RECONNECT_WAIT_MS,
  });
  stack.defer(() => connection.close());
  const tenantLog = log.child({ tenant: settings.controller });
  const tenant = stack.use(
    await openTenant({
      connection,
      settings,
      replicas: config.NATS_REPLICAS,
      maxBytes: config.NATS_STREAM_MEGABYTES * 1024 * 1024,
      client,
      now,
      log: tenantLog,
    }),
  );
  const owned = stack.move();
  return {
    context: tenant.context,
    check: tenant.check,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
