import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { inspectBinary } from "./inspect-binary.ts";
import type { Unpacked, Unpacker } from "./unpacker.ts";

const OWNER_WRITES_ALL_RUN = 0o755;

/** What came of trying to unpack: the program at its place in the cache, or why it is not there. */
export type Placed =
  | { readonly outcome: "placed"; readonly path: string; readonly version: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** Where an unpacked program lies in a cache folder. */
export function cachedBinary(cacheDirectory: string): string {
  return join(cacheDirectory, "nats-server");
}

/**
 * Unpacks a nats-server beside its place in the cache, tries it, and moves it there.
 *
 * Two processes that do this at once do not harm each other: each works in a folder of its own, the move replaces the
 * file as a whole, and the last one wins.
 */
export async function unpackNatsServer(
  unpacker: Unpacker,
  cacheDirectory: string,
): Promise<Placed> {
  await mkdir(cacheDirectory, { recursive: true });
  const folder = await mkdtemp(join(cacheDirectory, "unpacking-"));
  try {
    const unpacked = await attempt(unpacker, folder);
    return unpacked.outcome === "unpacked"
      ? await place(unpacked.file, cachedBinary(cacheDirectory))
      : { outcome: "failed", reason: unpacked.reason };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function attempt(unpacker: Unpacker, folder: string): Promise<Unpacked> {
  try {
    return await unpacker.unpack(folder);
  } catch (error) {
    return { outcome: "unavailable", reason: firstLines(error) };
  }
}

async function place(file: string, path: string): Promise<Placed> {
  await chmod(file, OWNER_WRITES_ALL_RUN);
  const inspection = await inspectBinary(file);
  if (inspection.outcome === "unusable")
    return { outcome: "failed", reason: `its program ${inspection.reason}` };
  await rename(file, path);
  return { outcome: "placed", path, version: inspection.version };
}

// A failed command's message goes on with all that it printed: two lines say what failed and why.
function firstLines(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n").slice(0, 2).join(": ");
}
