import { type AccountConfig, accountFaults, type UserConfig } from "./account-config.ts";
import { BrokerError } from "./broker-error.ts";
import { type ConfigEntries, configText, type ConfigValue } from "./nats-config-text.ts";

const MEBIBYTE = 1024 * 1024;
/** The client libraries' own default; events and notifications are thin, and the largest message is a page of a roster. */
const MAX_PAYLOAD_BYTES = MEBIBYTE;
/** A deployment has tens of processes with a connection or two for each tenant; more means that something leaks them. */
const MAX_CONNECTIONS = 1_000;
/** Streams are on file; memory holds only the short-lived consumers that read them. */
const MAX_MEMORY_STORE_BYTES = 64 * MEBIBYTE;
/** Room for tens of millions of thin events; a full store refuses new ones and drops nothing. */
const MAX_FILE_STORE_BYTES = 10 * 1024 * MEBIBYTE;
/** A log that is read by hand: one file to look in, and the one before it. */
const MAX_LOG_FILE_BYTES = 10 * MEBIBYTE;
const LOG_FILES_KEPT = 2;

/** What a server is to be; see `renderNatsConfig`. */
export interface NatsConfig {
  /** Address to listen on; loopback unless given. */
  readonly host?: string | undefined;
  readonly port: number | "random";
  readonly storeDirectory: string;
  /** `always`: on disk before it is acknowledged. `default`: within two minutes, which is for measuring the difference. */
  readonly syncInterval: "always" | "default";
  /** Name of the environment variable that holds the quoted key for encryption at rest; none turns encryption off. */
  readonly encryptionKeyVariable?: string | undefined;
  /** Where the server writes down its port. */
  readonly portsDirectory?: string | undefined;
  /** Where the server logs; its standard error stream unless given. */
  readonly logFile?: string | undefined;
  readonly maxFileStoreBytes?: number | undefined;
  /** Who may connect; one account open to anyone unless given. */
  readonly accounts?: readonly AccountConfig[] | undefined;
}

/**
 * Writes the configuration file of a server with JetStream. Holds no secret: users by public keys, and the encryption
 * key by the name of a variable.
 *
 * @throws BrokerError `options-refused` that names every fault of the accounts at once.
 */
export function renderNatsConfig(config: NatsConfig): string {
  const faults = config.accounts === undefined ? [] : accountFaults(config.accounts);
  if (faults.length > 0)
    throw new BrokerError("options-refused", `The accounts are wrong: ${faults.join("; ")}`);
  return configText({
    host: config.host ?? "127.0.0.1",
    port: config.port === "random" ? -1 : config.port,
    ports_file_dir: config.portsDirectory,
    ...logEntries(config.logFile),
    max_payload: MAX_PAYLOAD_BYTES,
    max_connections: MAX_CONNECTIONS,
    jetstream: { block: jetStreamEntries(config) },
    accounts: config.accounts && { block: accountEntries(config.accounts) },
  });
}

function logEntries(logFile: string | undefined): ConfigEntries {
  if (logFile === undefined) return {};
  return {
    logfile: logFile,
    logfile_size_limit: MAX_LOG_FILE_BYTES,
    logfile_max_num: LOG_FILES_KEPT,
  };
}

function jetStreamEntries(config: NatsConfig): ConfigEntries {
  const { encryptionKeyVariable: variable } = config;
  return {
    store_dir: config.storeDirectory,
    sync_interval: config.syncInterval === "always" ? "always" : undefined,
    cipher: variable && "chacha",
    key: variable === undefined ? undefined : { variable },
    max_memory_store: MAX_MEMORY_STORE_BYTES,
    max_file_store: config.maxFileStoreBytes ?? MAX_FILE_STORE_BYTES,
  };
}

function accountEntries(accounts: readonly AccountConfig[]): ConfigEntries {
  return Object.fromEntries(
    accounts.map(({ name, jetstream, users }) => [
      name,
      {
        block: {
          jetstream: jetstream ? "enabled" : "disabled",
          users: users.map((user) => userValue(user)),
        },
      },
    ]),
  );
}

function userValue({ nkey, permissions }: UserConfig): ConfigValue {
  if (permissions === undefined) return { block: { nkey } };
  const { publish, subscribe } = permissions;
  const rules = { publish: allowOnly(publish), subscribe: allowOnly(subscribe) };
  return { block: { nkey, permissions: { block: rules } } };
}

// An empty list of what is allowed would mean to nats-server that all is.
function allowOnly(subjects: readonly string[]): ConfigValue {
  return { block: subjects.length > 0 ? { allow: subjects } : { deny: [">"] } };
}
