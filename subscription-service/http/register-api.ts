import type { FastifyInstance, onRequestAsyncHookHandler } from "fastify";
import { registerAgreements } from "./agreements.ts";
import type { Api } from "./api.ts";
import { registerBlocks } from "./blocks.ts";
import { registerCareRelationships } from "./care-relationships.ts";
import { registerFeed } from "./feed.ts";
import { registerIngest } from "./ingest.ts";
import { acting, type Role } from "./roles.ts";
import { registerRosters } from "./rosters.ts";
import { registerSubscriptions } from "./subscriptions.ts";
import { registerTenantInfo } from "./tenant-info.ts";
import type { Tenants } from "./tenant-context.ts";
import type { EndpointRules } from "./webhook-endpoint.ts";

export type ApiOptions = EndpointRules & {
  readonly tenants: Tenants;
  readonly audience: string;
  /** Lets only callers with one of the scopes pass. */
  readonly requireScope: (scopes: string[]) => onRequestAsyncHookHandler;
  readonly now: () => number;
};

/** The API of each tenant, under its own base path. */
export async function registerApi(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { audience, tenants, now } = options;
  const roles: Role[] = ["administer", "subscribe", "publish"];
  await app.register(
    async (scope) => {
      scope.addHook("onRequest", options.requireScope(roles.map((role) => `${audience}/${role}`)));
      const api: Api = { app: scope, acting: (request) => acting(request, tenants, audience), now };
      registerTenantInfo(api);
      registerAgreements(api);
      registerCareRelationships(api);
      registerBlocks(api);
      registerSubscriptions(api, options);
      registerRosters(api);
      registerFeed(api);
      await registerIngest(api);
    },
    { prefix: "/tenants/:tenant" },
  );
}
