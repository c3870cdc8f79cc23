import { jetstreamManager } from "@nats-io/jetstream";
import {
  type Authenticator,
  connect,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/transport-node";
import { BrokerError } from "./broker-error.ts";
import {
  formatNatsVersion,
  isNewEnough,
  MINIMUM_NATS_VERSION,
  parseNatsVersion,
} from "./nats-version.ts";

/** A server on the same network answers in milliseconds; one that takes longer is not there. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a running server and checks that it is new enough and has JetStream for this user.
 *
 * @returns its version.
 * @throws BrokerError `nats-server-unusable`, with the reason.
 */
export async function checkRunningServer(
  url: string,
  authenticator?: Authenticator,
): Promise<string> {
  const connection = await open(url, authenticator);
  try {
    return await check(connection, url);
  } finally {
    await connection.close();
  }
}

async function open(url: string, authenticator?: Authenticator): Promise<NatsConnection> {
  try {
    return await connect({
      servers: url,
      reconnect: false,
      timeout: CONNECT_TIMEOUT_MS,
      ...(authenticator && { authenticator }),
    });
  } catch (error) {
    throw unusable(
      url,
      `cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

async function check(connection: NatsConnection, url: string): Promise<string> {
  const version = parseNatsVersion(connection.info?.version ?? "");
  if (version === undefined) throw unusable(url, "does not tell its version");
  const own = formatNatsVersion(version);
  if (!isNewEnough(version)) {
    throw unusable(
      url,
      `is version ${own}, and ${formatNatsVersion(MINIMUM_NATS_VERSION)} is the oldest that will do`,
    );
  }
  if (connection.info?.jetstream !== true) throw unusable(url, "has JetStream turned off");
  await checkAccount(connection, url);
  return own;
}

async function checkAccount(connection: NatsConnection, url: string): Promise<void> {
  try {
    await jetstreamManager(connection, { timeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    // A user may do its work without the right to ask for the account's figures.
    if (error instanceof Error && error.cause instanceof PermissionViolationError) return;
    throw unusable(url, "has no JetStream for this user's account", error);
  }
}

function unusable(url: string, reason: string, cause?: unknown): BrokerError {
  return new BrokerError("nats-server-unusable", `The nats-server at ${url} ${reason}`, { cause });
}
