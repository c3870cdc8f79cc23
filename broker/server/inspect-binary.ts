import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  formatNatsVersion,
  isNewEnough,
  MINIMUM_NATS_VERSION,
  parseNatsVersion,
} from "./nats-version.ts";

const run = promisify(execFile);
/** Printing a version takes milliseconds; a program that hangs must not stop the search. */
const VERSION_TIMEOUT_MS = 5_000;

/** What a file turned out to be: a nats-server to use, or why not (a phrase that follows the file's name). */
export type Inspection =
  | { readonly outcome: "usable"; readonly version: string }
  | { readonly outcome: "unusable"; readonly reason: string };

/** Runs a program with `--version` and judges what it prints. */
export async function inspectBinary(file: string): Promise<Inspection> {
  let printed: string;
  try {
    printed = (await run(file, ["--version"], { timeout: VERSION_TIMEOUT_MS })).stdout;
  } catch (error) {
    return { outcome: "unusable", reason: `cannot be run (${failure(error)})` };
  }
  const version = parseNatsVersion(printed);
  if (version === undefined)
    return { outcome: "unusable", reason: "does not print a nats-server version" };
  if (isNewEnough(version)) return { outcome: "usable", version: formatNatsVersion(version) };
  const minimum = formatNatsVersion(MINIMUM_NATS_VERSION);
  return {
    outcome: "unusable",
    reason: `is version ${formatNatsVersion(version)}, and ${minimum} is the oldest that will do`,
  };
}

function failure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("signal" in error && typeof error.signal === "string") return `ended by ${error.signal}`;
  if (!("code" in error)) return error.message;
  return typeof error.code === "number" ? `it ended with status ${error.code}` : String(error.code);
}
