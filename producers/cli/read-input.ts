import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";

/** What a source takes as one resource; a file with more is to be divided. */
const INPUT_LIMIT_BYTES = 1024 * 1024;

export type Input =
  | { readonly kind: "text"; readonly text: string }
  /** The file is there, but is not what can be published. */
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "unreadable"; readonly detail: string };

/** Reads a file, or standard input for `-`; never more than the limit. */
export async function readInput(file: string, stdin: Readable): Promise<Input> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === "-" ? stdin : createReadStream(file)) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > INPUT_LIMIT_BYTES) return { kind: "refused", detail: "is larger than 1 MiB" };
    }
  } catch (error) {
    return { kind: "unreadable", detail: reasonOf(error) };
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    return { kind: "text", text };
  } catch {
    return { kind: "refused", detail: "is not UTF-8 text" };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  return code === "EISDIR" ? "it is a directory" : "it cannot be read";
}
