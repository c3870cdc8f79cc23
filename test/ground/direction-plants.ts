import { INSIDE_SERVICE, MAY_IMPORT, PURE } from "./directions.ts";
import type { Plants } from "./plants.ts";

const RULE = "eslint/no-restricted-imports";

/** One import for each way in which a file could reach another folder. */
export function directionPlants(): Plants {
  const folders = Object.keys(MAY_IMPORT);
  return new Map([
    ...[
      ...folders,
      ...Object.keys(INSIDE_SERVICE).map((name) => `subscription-service/${name}`),
    ].map((folder) => [`${folder}/placed.ts`, PLACED] as const),
    ...folders.flatMap((from) =>
      folders.filter((to) => to !== from).flatMap((to) => betweenFolders(from, to)),
    ),
    ...Object.keys(INSIDE_SERVICE).flatMap(insideService),
    ...Object.entries(PURE).map(([folder, imports]) => purity(folder, imports)),
  ]);
}

const PLACED = "export const placed = 1;\nexport type Placed = number;\n";

function betweenFolders(from: string, to: string): [string, string][] {
  const isAllowed = MAY_IMPORT[from]?.includes(to) === true;
  const mapped = everyWay(`#${to}/placed`, isAllowed);
  return [
    [`${from}/on-${to}.ts`, mapped + everyWay(`../${to}/placed.ts`, false, 1)],
    [`${from}/inner/on-${to}.ts`, mapped + everyWay(`../../${to}/placed.ts`, false, 1)],
  ];
}

function insideService(from: string): [string, string][] {
  const others = Object.keys(INSIDE_SERVICE).filter((name) => name !== from);
  return [
    ...others.map((to): [string, string] => {
      const isAllowed = INSIDE_SERVICE[from]?.includes(to) === true;
      const text =
        everyWay(`../${to}/placed.ts`, isAllowed) +
        everyWay(`#subscription-service/${to}/placed`, false, 1);
      return [`subscription-service/${from}/on-${to}.ts`, text];
    }),
    [
      `subscription-service/${from}/on-wiring.ts`,
      everyWay("../main.ts", false) + everyWay("../config.ts", false, 1),
    ],
  ];
}

function purity(
  folder: string,
  { refused, accepted }: { refused: string[]; accepted: string[] },
): [string, string] {
  const lines = [
    ...refused.map((name) => `import "${name}"; // fault: ${RULE}\n`),
    ...accepted.map((name) => `import "${name}";\n`),
  ];
  return [`${folder}/on-platform.ts`, lines.join("")];
}

/** Static, of a type alone, and dynamic. `set` keeps names of several sets in a file apart. */
function everyWay(specifier: string, isAllowed: boolean, set = 0): string {
  const mark = isAllowed ? "" : ` // fault: ${RULE}`;
  return [
    `import { placed as value${set} } from "${specifier}";${mark}`,
    `import type { Placed as Type${set} } from "${specifier}";${mark}`,
    `export const load${set} = (): Promise<unknown> => import("${specifier}");${mark}`,
    `export const use${set}: Type${set} = value${set};`,
    "",
  ].join("\n");
}
