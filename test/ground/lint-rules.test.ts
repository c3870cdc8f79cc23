import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { directionPlants } from "./direction-plants.ts";
import { INSIDE_SERVICE, MAY_IMPORT } from "./directions.ts";
import { lint } from "./lint.ts";
import { markedFaults, plantedFiles, type Plants } from "./plants.ts";
import { sizePlants } from "./size-plants.ts";

const LINT_MS = 60_000;

function lintPlants(plants: Plants): string[] {
  const directory = mkdtempSync(join(tmpdir(), "hendelsesstrom-lint-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return lint(plants, directory);
}

test.each([
  ["one for each rule", plantedFiles()],
  ["too long files and functions", sizePlants()],
  ["imports in forbidden directions, in every way that one can be written", directionPlants()],
])(
  "planted faults are found, and nothing else is: %s",
  (_, plants) => {
    const found = lintPlants(plants);
    const planted = markedFaults(plants);
    expect(planted).not.toEqual([]);
    expect({
      missed: planted.filter((fault) => !found.includes(fault)),
      needless: found.filter((fault) => !planted.includes(fault)),
    }).toEqual({ missed: [], needless: [] });
  },
  LINT_MS,
);

test("every rule that is turned on has a planted fault", () => {
  const { rules }: { rules: Record<string, unknown> } = JSON.parse(
    readFileSync(".oxlintrc.json", "utf8"),
  );
  const turnedOn = Object.keys(rules).filter((rule) => rules[rule] !== "off");
  const planted = [...markedFaults(plantedFiles()), ...markedFaults(sizePlants())].map((fault) =>
    fault.split(" ")[1]?.replace("eslint/", ""),
  );
  expect(turnedOn.filter((rule) => !planted.includes(rule))).toEqual([]);
});

/** Folders with programs, that the tests know no direction for. */
function foldersWithoutDirection(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => /^([^/]+)\//.exec(file)?.[1] ?? []);
  const inside = files.flatMap((file) => /^subscription-service\/([^/]+)\//.exec(file)?.[1] ?? []);
  return [
    ...new Set([
      ...folders.filter((folder) => !(folder in MAY_IMPORT)),
      ...inside.filter((folder) => !(folder in INSIDE_SERVICE)),
    ]),
  ];
}

test("every folder of the project has a direction, and a new one must get its own", () => {
  const files = globSync("*/**/*.ts", {
    exclude: ["node_modules", "coverage", "*/**/node_modules"],
  });
  expect(foldersWithoutDirection(files)).toEqual([]);
  expect(foldersWithoutDirection([...files, "portal/main.ts"])).toEqual(["portal"]);
  expect(foldersWithoutDirection([...files, "subscription-service/fhir/bundle.ts"])).toEqual([
    "fhir",
  ]);
});
