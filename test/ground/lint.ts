import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plants } from "./plants.ts";

/** What the type-aware rules and the import map need beside the rules themselves. */
const SETTINGS = [".oxlintrc.json", "tsconfig.json", "package.json"];

type Diagnostic = {
  readonly code?: string;
  readonly message: string;
  readonly filename: string;
  readonly labels: { readonly span: { readonly line: number } }[];
};

/** Lints files with the project's own settings, in a folder of their own. @returns `<file>:<line> <rule>` of each finding */
export function lint(plants: Plants, directory: string): string[] {
  for (const file of SETTINGS) copyFileSync(file, join(directory, file));
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
  for (const [path, text] of plants) {
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const oxlint = resolve("node_modules/oxlint/bin/oxlint");
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, "--format", "json"], {
    cwd: directory,
    env: { PATH: process.env["PATH"] },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === "") throw new Error(`oxlint said nothing: ${stderr}`);
  const { diagnostics }: { diagnostics: Diagnostic[] } = JSON.parse(stdout);
  return diagnostics.map((diagnostic) => `${placeOf(diagnostic)} ${ruleOf(diagnostic)}`);
}

/** Where several places are named, the first in the text is where the fault is. */
function placeOf({ filename, labels }: Diagnostic): string {
  return `${filename}:${labels.at(0)?.span.line ?? 0}`;
}

function ruleOf({ code, message }: Diagnostic): string {
  if (code === undefined && message.startsWith("Unused")) return "unused-directive";
  return (code ?? message).replace("(", "/").replace(")", "");
}
