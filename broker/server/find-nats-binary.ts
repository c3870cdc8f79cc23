import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BrokerConfig } from "../config.ts";
import { BrokerError } from "./broker-error.ts";
import { executablesOnPath } from "./executables-on-path.ts";
import { howToGetNatsServer } from "./how-to-get-nats-server.ts";
import { inspectBinary } from "./inspect-binary.ts";
import { containerImage } from "./unpack-container-image.ts";
import { debianPackage } from "./unpack-debian-package.ts";
import { cachedBinary, unpackNatsServer } from "./unpack-nats-server.ts";
import type { Unpacker } from "./unpacker.ts";

/** A nats-server program that was tried and is new enough. */
export interface NatsBinary {
  readonly kind: "binary";
  readonly path: string;
  readonly version: string;
  /** Where it was found, in words. */
  readonly from: string;
}

export interface FindOptions {
  readonly config: BrokerConfig;
  /** Where an unpacked program is kept between runs; by default beside the project, and ignored by git. */
  readonly cacheDirectory?: string | undefined;
  /** Told which one was taken, and which were passed over and why, a line at a time. */
  readonly report: (line: string) => void;
  /** The ways to unpack one, in order; by default the Debian archive (testing, then sid) and a container image. */
  readonly unpackers?: readonly Unpacker[];
}

const CACHE_DIRECTORY = join(import.meta.dirname, "../../.cache/nats-server");
const UNPACKERS = [debianPackage("testing"), debianPackage("sid"), containerImage()];

/**
 * Finds a nats-server program to start, whatever `NATS_URL` says: `NATS_SERVER_BIN`, the first on the `PATH` that is new
 * enough, one unpacked earlier, one unpacked now.
 *
 * @throws BrokerError `nats-server-unusable` when `NATS_SERVER_BIN` is missing or too old (what was asked for by name is
 *   never replaced in silence), `nats-server-not-found` when there is none, with how to get one on each system.
 */
export async function findNatsBinary(options: FindOptions): Promise<NatsBinary> {
  const binary =
    (await named(options)) ??
    (await onPath(options)) ??
    (await unpackedEarlier(options)) ??
    (await unpackedNow(options));
  options.report(`nats-server ${binary.version} from ${binary.from}: ${binary.path}`);
  return binary;
}

async function named({ config: { natsServerBin } }: FindOptions): Promise<NatsBinary | undefined> {
  if (natsServerBin === undefined) return undefined;
  const inspection = await inspectBinary(natsServerBin);
  if (inspection.outcome === "usable") {
    return {
      kind: "binary",
      path: natsServerBin,
      version: inspection.version,
      from: "NATS_SERVER_BIN",
    };
  }
  throw new BrokerError(
    "nats-server-unusable",
    `NATS_SERVER_BIN: ${natsServerBin} ${inspection.reason}`,
  );
}

async function onPath({ config, report }: FindOptions): Promise<NatsBinary | undefined> {
  for (const path of await executablesOnPath("nats-server", config.searchPath)) {
    const inspection = await inspectBinary(path);
    if (inspection.outcome === "usable")
      return { kind: "binary", path, version: inspection.version, from: "the PATH" };
    report(`nats-server: passed over ${path}, which ${inspection.reason}`);
  }
  return undefined;
}

async function unpackedEarlier({
  cacheDirectory = CACHE_DIRECTORY,
  report,
}: FindOptions): Promise<NatsBinary | undefined> {
  const path = cachedBinary(cacheDirectory);
  if (!existsSync(path)) return undefined;
  const inspection = await inspectBinary(path);
  if (inspection.outcome === "usable") {
    return { kind: "binary", path, version: inspection.version, from: "an earlier unpacking" };
  }
  report(`nats-server: passed over ${path}, which ${inspection.reason}`);
  return undefined;
}

async function unpackedNow(options: FindOptions): Promise<NatsBinary> {
  const { cacheDirectory = CACHE_DIRECTORY, report, unpackers = UNPACKERS } = options;
  const tried: string[] = [];
  for (const unpacker of unpackers) {
    report(`nats-server: unpacking one from ${unpacker.name} (nothing is installed)`);
    const placed = await unpackNatsServer(unpacker, cacheDirectory);
    if (placed.outcome === "placed") {
      return { kind: "binary", path: placed.path, version: placed.version, from: unpacker.name };
    }
    tried.push(`${unpacker.name}: ${placed.reason}`);
  }
  throw new BrokerError("nats-server-not-found", howToGetNatsServer(tried));
}
