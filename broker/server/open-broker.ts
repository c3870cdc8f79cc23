import type { Authenticator } from "@nats-io/transport-node";
import { checkRunningServer } from "./check-running-server.ts";
import type { FindOptions } from "./find-nats-binary.ts";
import { findNatsServer } from "./find-nats-server.ts";
import { type NatsServer, startNatsServer, type StartOptions } from "./start-nats-server.ts";

/** How to find a broker, and how to start it if none runs; a running one has its own accounts, store and port. */
export interface OpenBrokerOptions extends FindOptions, Omit<StartOptions, "binary"> {
  /** How to log in to the running server that `NATS_URL` names, if it asks for that. */
  readonly authenticator?: Authenticator | undefined;
}

/** A broker to work with. Disposing it stops the server if it was started here. */
export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly version: string;
  /** The server that was started; undefined when `NATS_URL` named a running one. */
  readonly server: NatsServer | undefined;
}

/** Finds a nats-server and starts it, or checks the running one that `NATS_URL` names. Throws BrokerError. */
export async function openBroker(options: OpenBrokerOptions): Promise<Broker> {
  const found = await findNatsServer(options);
  if (found.kind === "url") {
    const version = await checkRunningServer(found.url, options.authenticator);
    options.report(`nats-server: ${version}, with JetStream`);
    return { url: found.url, version, server: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const server = await startNatsServer({ ...options, binary: found.path });
  return {
    url: server.url,
    version: found.version,
    server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
