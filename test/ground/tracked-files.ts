import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Beyond this it is no text of ours. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** The project's files: those that Git tracks, and those that it would when added. */
export function trackedFiles(): string[] {
  const { stdout, status, stderr } = spawnSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`git cannot list the files: ${stderr}`);
  return stdout.split("\0").filter((file) => file !== "" && existsSync(file));
}

/** The text of each of the files; what is no text is left out. */
export function textsOf(files: readonly string[]): Map<string, string> {
  const texts = files.map((file) => [file, readFileSync(file)] as const);
  return new Map(
    texts
      .filter(([, bytes]) => bytes.length <= MAX_TEXT_BYTES && !bytes.includes(0))
      .map(([file, bytes]) => [file, bytes.toString("utf8")]),
  );
}
