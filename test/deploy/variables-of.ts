import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the images of others read, from their documentation. */
const OF_IMAGES: Readonly<Record<string, readonly string[]>> = {
  postgres: ["PGDATA", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"],
};

/** Names of the environment variables that an image of others reads. */
export function variablesOfImage(image: string): readonly string[] {
  return OF_IMAGES[image.split(":")[0] ?? ""] ?? [];
}

/** Names of the environment variables that a part reads: those in its config.ts. */
export function variablesOf(main: string): string[] {
  const config = configOf(main);
  if (config === undefined) return [];
  const text = readFileSync(config, "utf8");
  // A name is a property of the schema that judges the environment, or is asked for by itself.
  const names = text.matchAll(/^ {2}([A-Z][A-Z0-9_]*):|env(?:ironment)?\["([A-Z][A-Z0-9_]*)"\]/gm);
  return [...names].map(([, property, asked]) => property ?? asked ?? "");
}

/** The config.ts that a part reads its environment with: the nearest one, in its folder or above. */
export function configOf(main: string): string | undefined {
  for (let folder = dirname(main); folder !== "."; folder = dirname(folder)) {
    const config = join(folder, "config.ts");
    if (existsSync(config)) return config;
  }
  return undefined;
}
