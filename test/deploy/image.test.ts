import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const settings: Record<
  "dependencies" | "optionalDependencies",
  Record<string, string>
> = JSON.parse(readFileSync("package.json", "utf8"));

/** What the image holds. */
const copied = readFileSync("deploy/Dockerfile.dockerignore", "utf8")
  .split("\n")
  .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
const folders = copied.filter((name) => !name.includes("."));

/** Packages and folders of ours that a program imports, by the first part of their names. */
function importsOf(text: string): string[] {
  const imports = text.matchAll(/(?:from|import|import\()\s*"([^."\s][^"\s]*)"/g);
  return [...imports].map(([, name = ""]) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
}

test("the image has the Node that package.json pins", () => {
  const [, version] = /^FROM node:([\d.]+)-/m.exec(readFileSync("deploy/Dockerfile", "utf8")) ?? [];
  expect(version).toBe(settings.optionalDependencies["node"]);
});

test("everything that a program in the image imports is in the image", () => {
  const there = [...Object.keys(settings.dependencies), ...folders.map((name) => `#${name}`)];
  const files = globSync(`{${folders.join(",")}}/**/*.ts`);
  expect(files.length).toBeGreaterThan(100);
  const missing = files.flatMap((file) =>
    importsOf(readFileSync(file, "utf8"))
      .filter((name) => !name.startsWith("node:") && !there.includes(name))
      .map((name) => `${file} imports ${name}`),
  );
  expect(missing).toEqual([]);
});

test("an import that is missing would be found", () => {
  expect(importsOf('import { z } from "zod/v4";\nimport("@scope/name/deep");')).toEqual([
    "zod",
    "@scope/name",
  ]);
});
