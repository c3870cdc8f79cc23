import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files with planted faults: path in the project, and text with a marker at each fault. */
export type Plants = ReadonlyMap<string, string>;

const PLANTED = "test/ground/planted";

/** The planted files that lie in the project, by the path that they pretend to have. */
export function plantedFiles(): Plants {
  const entries = readdirSync(PLANTED, { recursive: true, encoding: "utf8" });
  const files = entries.filter((name) => name.endsWith(".ts"));
  return new Map(files.map((name) => [name, readFileSync(join(PLANTED, name), "utf8")]));
}

/**
 * What must be found, as `<file>:<line> <rule>`. A fault is marked at the end of its line (`fault: <rule>`) or on the
 * line above (`fault below: <rule>`).
 */
export function markedFaults(plants: Plants): string[] {
  return [...plants].flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => {
      const [, below, rule] = /\bfault( below)?: (\S+)$/.exec(line) ?? [];
      if (rule === undefined) return [];
      return [`${path}:${index + 1 + (below === undefined ? 0 : 1)} ${rule}`];
    }),
  );
}
