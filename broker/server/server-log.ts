import { readFile } from "node:fs/promises";
import type { ServerFiles } from "./server-files.ts";

/** Enough to see what a server complained of, short enough for an error message. */
const TAIL_LINES = 20;

/** What a server prints and logs from a point in time on. */
export interface ServerLog {
  /** All that was logged since. */
  read(): Promise<string>;
  /** The last lines of it, after what was printed before the log was opened; for an error message. */
  tail(): Promise<string>;
}

/** Marks the present end of a server's log, to read what comes after it. */
export async function serverLogFromNow({ errors, log }: ServerFiles): Promise<ServerLog> {
  const from = (await bytesOf(log)).length;
  async function read(): Promise<string> {
    const bytes = await bytesOf(log);
    // A log that got shorter is a new file: the old one was full.
    return bytes.subarray(bytes.length < from ? 0 : from).toString("utf8");
  }
  return {
    read,
    async tail() {
      const lines = `${(await bytesOf(errors)).toString("utf8")}${await read()}`
        .trimEnd()
        .split("\n");
      return lines.slice(-TAIL_LINES).join("\n") || "(it logged nothing)";
    },
  };
}

// No file yet is an empty one.
async function bytesOf(file: string): Promise<Buffer> {
  return readFile(file).catch(() => Buffer.alloc(0));
}
