import type { FastifyInstance } from "fastify";

/** Starts to listen, and gives the address. Port 0 lets the system choose. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  return app.listen({ host, port });
}
