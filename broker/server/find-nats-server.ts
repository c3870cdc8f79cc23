import { type FindOptions, findNatsBinary, type NatsBinary } from "./find-nats-binary.ts";

/** What there is to work with: a program to start, or a running server (whose version is yet to be checked). */
export type FoundNats = NatsBinary | { readonly kind: "url"; readonly url: string };

/** Finds a nats-server: the running one that `NATS_URL` names, else a program to start. Throws as `findNatsBinary` does. */
export async function findNatsServer(options: FindOptions): Promise<FoundNats> {
  const { natsUrl } = options.config;
  if (natsUrl === undefined) return findNatsBinary(options);
  options.report(`nats-server: the running one at ${natsUrl} (NATS_URL)`);
  return { kind: "url", url: natsUrl };
}
