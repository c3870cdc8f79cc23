/** What the environment says about the broker. Read once, at the start of a process, and handed on as a value. */
export interface BrokerConfig {
  /** `NATS_URL`: a running server to use instead of starting one. */
  readonly natsUrl: string | undefined;
  /** `NATS_SERVER_BIN`: the nats-server program to start. */
  readonly natsServerBin: string | undefined;
  /** `PATH`: folders that are searched for nats-server. */
  readonly searchPath: string;
}

/**
 * Reads and checks the broker's environment variables. An empty value counts as not set.
 *
 * @throws Error that names every fault at once.
 */
export function readBrokerConfig(environment: NodeJS.ProcessEnv = process.env): BrokerConfig {
  const natsUrl = environment["NATS_URL"] || undefined;
  const faults = natsUrl === undefined ? [] : natsUrlFaults(natsUrl);
  if (faults.length > 0) throw new Error(`The broker's environment is wrong: ${faults.join("; ")}`);
  return {
    natsUrl,
    natsServerBin: environment["NATS_SERVER_BIN"] || undefined,
    searchPath: environment["PATH"] ?? "",
  };
}

// The faults never quote the value: it may hold a password.
function natsUrlFaults(text: string): string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "nats:" || url.hostname === "") {
    return [
      "NATS_URL must have the form nats://host:port (TLS is used when the server asks for it)",
    ];
  }
  const faults = [];
  if (url.username !== "" || url.password !== "") {
    faults.push("NATS_URL must not hold credentials, because addresses are printed and logged");
  }
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    faults.push("NATS_URL must end after the port");
  }
  return faults;
}
