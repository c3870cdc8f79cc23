import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { textsOf, trackedFiles } from "./tracked-files.ts";

const MAX_LINES = 250;

const files = trackedFiles();
const texts = textsOf(files);
const programs = new Map(
  [...texts].filter(([file]) => file.endsWith(".ts") && !file.startsWith("test/ground/planted/")),
);
const settings: {
  imports: Record<string, string>;
  scripts: Record<string, string>;
} & Record<string, Record<string, string>> = JSON.parse(texts.get("package.json") ?? "");

test("no program is longer than the cap", () => {
  const tooLong = [...programs].filter(([, text]) => text.split("\n").length - 1 > MAX_LINES);
  expect(tooLong.map(([file]) => file)).toEqual([]);
});

/** Folders of a machine that somebody worked on, and hosts that packages were fetched from. */
const OF_A_MACHINE = [
  new RegExp(`(?<![\\w.-])/(?:${["work", "root", "tmp", "home", "Users"].join("|")})/[\\w.-]`),
  /\bregistry\.[a-z0-9-]+\.[a-z]{2,}/i,
  /\bnpm(?:js|mirror)\.(?:org|com)\b/i,
];

function machineTraces(text: string): string[] {
  return OF_A_MACHINE.flatMap((trace) => trace.exec(text)?.[0] ?? []);
}

test("no file names a registry's host or a folder of somebody's machine", () => {
  const found = [...texts].flatMap(([file, text]) =>
    machineTraces(text).map((trace) => `${file}: ${trace}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ["/", "root", "/.npmrc"],
  ["cd /", "work", "/main"],
  ["https://", "registry", ".npmjs", ".org/ajv"],
  ["registry", ".example", ".com"],
])("such a trace would be found: %s%s…", (...parts) => {
  expect(machineTraces(parts.join(""))).not.toEqual([]);
});

test("what only looks like such a trace is not one", () => {
  expect(machineTraces("tmpfs: [/tmp] ./work/x a registry of persons /site/x")).toEqual([]);
});

/** Each `#folder/file` that is imported, as the file that the import map makes of it. */
function mappedImports(text: string): string[] {
  const imports = text.matchAll(/(?:from|import|import\()\s*"(#[a-z-]+)\/([^"]+)"/g);
  return [...imports].map(
    ([, folder = "", file = ""]) => settings.imports[`${folder}/*`]?.replace("*", file) ?? folder,
  );
}

test("every import by the import map leads to a file", () => {
  const imported = [...programs].flatMap(([file, text]) =>
    mappedImports(text).map((target) => [file, target] as const),
  );
  expect(imported.length).toBeGreaterThan(100);
  expect(imported.filter(([, target]) => !existsSync(target))).toEqual([]);
  const folder = "nowhere";
  expect(mappedImports(`import { a } from "#${folder}/b";`)).toEqual(["#nowhere"]);
});

test("the import map names every folder with programs, and no other", () => {
  const folders = new Set([...programs.keys()].flatMap((file) => /^(.+?)\//.exec(file)?.[1] ?? []));
  const mapped = Object.keys(settings.imports).map((name) => name.slice(1, -2));
  folders.delete("test"); // nothing imports it
  expect(mapped.toSorted()).toEqual([...folders].toSorted());
});

test("every package is held to one version", () => {
  const versions = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.entries(settings[kind] ?? {}),
  );
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

/** The npm commands in the code blocks of a text, that package.json does not know. */
function unknownCommands(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  const commands = blocks.join("\n").matchAll(/\bnpm (?:run )?([a-z:-]+)/g);
  const known = ["ci", "install", ...Object.keys(settings.scripts)];
  return [...commands].flatMap(([, command = ""]) => (known.includes(command) ? [] : [command]));
}

test("README.md names only npm commands that there are", () => {
  expect(unknownCommands(texts.get("README.md") ?? "README.md is missing")).toEqual([]);
  expect(texts.get("README.md")).toMatch(/npm (?:test|start)/);
});

test("an npm command that there is not would be found", () => {
  const readme = "npm run outside\n```sh\nnpm ci && npm start\nnpm run lnit -- x\nnpm tset\n```\n";
  expect(unknownCommands(readme)).toEqual(["lnit", "tset"]);
});
