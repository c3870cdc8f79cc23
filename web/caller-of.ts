import type { FastifyRequest } from "fastify";
import type { Caller } from "#authentication/caller";

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who makes this request. Throws an Error on a route without `requireCaller`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error("this route asks for no caller");
  return caller;
}

/** For `requireCaller` alone, once it knows. */
export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}
