import type { Caller } from "#authentication/caller";
import { Problem } from "#schemas/problem";
import type { FastifyRequest } from "fastify";
import { callerOf } from "#web/caller-of";
import type { TenantContext, Tenants } from "./tenant-context.ts";

/** What a client may ask of this API (the part of a HelseID scope after the audience). */
export type Role = "administer" | "subscribe" | "publish";

/** Who calls, at which tenant, in which of its roles. */
export type Acting = {
  readonly tenant: TenantContext;
  readonly caller: Caller;
  readonly roles: ReadonlySet<Role>;
};

/**
 * Finds the tenant and what the caller may be there. Only the controller itself administers and
 * publishes; every organisation subscribes for itself.
 */
export function acting(request: FastifyRequest, tenants: Tenants, audience: string): Acting {
  const caller = callerOf(request);
  const controller = controllerOf(request.params);
  const tenant = tenants.get(controller);
  if (tenant === undefined) throw new Problem("not-found");
  const roles = new Set<Role>();
  if (caller.scopes.has(`${audience}/subscribe`)) roles.add("subscribe");
  if (caller.organisation === controller) {
    if (caller.scopes.has(`${audience}/administer`)) roles.add("administer");
    if (caller.scopes.has(`${audience}/publish`)) roles.add("publish");
  }
  return { tenant, caller, roles };
}

/** Refuses a caller who has none of the roles. */
export function requireRole({ roles }: Acting, ...allowed: Role[]): void {
  if (allowed.some((role) => roles.has(role))) return;
  throw new Problem("forbidden", {
    detail: `this needs the scope ${allowed.join(" or ")} at this controller`,
  });
}

function controllerOf(params: unknown): string {
  const named = typeof params === "object" && params !== null && "tenant" in params;
  return named ? String(params.tenant) : "";
}
