import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Acting } from "./roles.ts";

/** What every group of routes is given. */
export type Api = {
  readonly app: FastifyInstance;
  readonly acting: (request: FastifyRequest) => Acting;
  readonly now: () => number;
};
