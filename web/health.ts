import { Type } from "typebox";
import type { FastifyInstance } from "fastify";
import { Problem } from "#schemas/problem";
import { noteForLog } from "./request-log.ts";

/** How long one check may take, in milliseconds: less than a prober's own patience. */
const CHECK_TIMEOUT_MS = 2_000;

const Alive = Type.Object({ status: Type.Literal("live") });
const Ready = Type.Object({ status: Type.Literal("ready") });

export type HealthOptions = {
  /** What must work for requests to be served, by name; a check fails by rejecting. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  readonly timeoutMs?: number;
};

/** `GET /health/live`: the process answers. `GET /health/ready`: so does what it depends on. */
export function registerHealth(app: FastifyInstance, options: HealthOptions): void {
  app.get("/health/live", {
    schema: { response: { 200: Alive } },
    handler: () => ({ status: "live" }),
  });
  app.get("/health/ready", {
    schema: { response: { 200: Ready } },
    handler: async (request) => {
      const failing = await failingChecks(options);
      if (failing.length === 0) return { status: "ready" };
      const detail = `not ready: ${failing.join(", ")}`;
      noteForLog(request, { reason: detail });
      throw new Problem("unavailable", {
        detail,
        errors: failing.map((name) => ({ pointer: `#/checks/${name}`, detail: "is failing" })),
      });
    },
  });
}

async function failingChecks({
  checks,
  timeoutMs = CHECK_TIMEOUT_MS,
}: HealthOptions): Promise<string[]> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({
      name,
      passes: await passesInTime(check, timeoutMs),
    })),
  );
  return results.filter(({ passes }) => !passes).map(({ name }) => name);
}

/** Why a check fails stays here: it may name hosts and accounts. */
async function passesInTime(check: () => Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const outcome = Promise.withResolvers<boolean>();
  const timer = setTimeout(outcome.resolve, timeoutMs, false);
  void attempt(check).then(outcome.resolve);
  const passes = await outcome.promise;
  clearTimeout(timer);
  return passes;
}

async function attempt(check: () => Promise<unknown>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}
