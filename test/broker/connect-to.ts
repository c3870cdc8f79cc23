import {
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type JetStreamClient,
} from "@nats-io/jetstream";
import { type Authenticator, connect, type NatsConnection } from "@nats-io/transport-node";

export interface Client extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** A client that gives up at once instead of trying again, so that a test sees why. */
export async function connectTo(url: string, authenticator?: Authenticator): Promise<Client> {
  const connection = await connect({
    servers: url,
    reconnect: false,
    timeout: 5_000,
    ...(authenticator && { authenticator }),
  });
  return {
    connection,
    js: jetstream(connection),
    jsm: await jetstreamManager(connection, { checkAPI: false }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
