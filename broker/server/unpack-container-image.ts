import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Unpacked, Unpacker } from "./unpacker.ts";

/** The newest line of images known to work here. */
const IMAGE = "nats:2.15-alpine";
const PROGRAM_IN_IMAGE = "/usr/local/bin/nats-server";
/** Starting the container once the image is there; the fetch before it depends on the line and has no limit of ours. */
const START_TIMEOUT_MS = 120_000;

/** Gives a file of a container image as a tar stream to `take`. */
export type ReadFromImage = (
  image: string,
  file: string,
  take: (archive: NodeJS.ReadableStream) => Promise<void>,
) => Promise<void>;

/**
 * Takes nats-server out of its container image, when a container engine answers.
 *
 * The image's program is statically linked, so that it runs on any Linux. It is taken out rather than run inside, so
 * that a broker is the same child process wherever it came from: one that can be killed, frozen, and watched.
 */
export function containerImage(read: ReadFromImage = readThroughTestcontainers): Unpacker {
  return {
    name: `the container image ${IMAGE}`,
    async unpack(folder): Promise<Unpacked> {
      if (process.platform !== "linux")
        return { outcome: "unavailable", reason: "its program runs on Linux only" };
      await read(IMAGE, PROGRAM_IN_IMAGE, (archive) => extractTar(archive, folder));
      return { outcome: "unpacked", file: join(folder, "nats-server") };
    },
  };
}

async function readThroughTestcontainers(
  ...[image, file, take]: Parameters<ReadFromImage>
): Promise<void> {
  // Imported late: it is large, and hardly ever needed.
  const { GenericContainer, Wait } = await import("testcontainers");
  await using container = await new GenericContainer(image)
    .withWaitStrategy(Wait.forLogMessage("Server is ready"))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  await take(await container.copyArchiveFromContainer(file));
}

async function extractTar(archive: NodeJS.ReadableStream, folder: string): Promise<void> {
  const tar = spawn("tar", ["-x", "-f", "-", "-C", folder], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  // tar ends at the archive's end mark, and then does not care for the rest of the stream: its own word counts.
  const [exit] = await Promise.allSettled([once(tar, "exit"), pipeline(archive, tar.stdin)]);
  if (exit.status === "rejected") throw exit.reason;
  const [status] = exit.value;
  if (status !== 0) throw new Error(`tar ended with status ${status}`);
}
