import { formatNatsVersion, MINIMUM_NATS_VERSION } from "./nats-version.ts";

const MINIMUM = formatNatsVersion(MINIMUM_NATS_VERSION);

// Linux only: the release's names for processors are the ones that dpkg uses.
const UNPACK_A_RELEASE = [
  "mkdir -p .cache/nats-server &&",
  "curl -fsSL https://github.com/nats-io/nats-server/releases/download/v2.15.1/nats-server-v2.15.1-linux-$(dpkg --print-architecture).tar.gz",
  "| tar -xz --strip-components=1 -C .cache/nats-server",
].join(" ");

/** The error text when no nats-server was found: what was tried, then one line per system on how to get one. */
export function howToGetNatsServer(tried: readonly string[]): string {
  return [
    `No nats-server ${MINIMUM} or newer was found, and none could be unpacked.`,
    ...tried.map((line) => `  tried: ${line}`),
    "How to get one:",
    "  Debian: nothing to install; let apt reach its own archive (does `apt-get update` work?) and run this again",
    `  Ubuntu: ${UNPACK_A_RELEASE}`,
    "  macOS:  brew install nats-server",
    `  other:  unpack a release of nats-server (${MINIMUM} or newer) and set NATS_SERVER_BIN to the program, or set NATS_URL to a running server`,
  ].join("\n");
}
