import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { commandOf, type Composition, mainOf, type Service } from "./composition.ts";
import { environmentHere, type PreparedSite } from "./prepared-site.ts";
import { configOf } from "./variables-of.ts";

/** What each part's own config.ts says of the environment that the composition gives it, files and all. */
export async function configFaults(
  { services }: Composition,
  site: PreparedSite,
): Promise<string[]> {
  const faults = Object.entries(services).map(async ([name, service]) => {
    const config = configOf(mainOf(service) ?? "");
    if (config === undefined) return [];
    try {
      const environment = { ...fileHere(site, service), ...environmentHere(site, service) };
      readConfigOf(await import(resolve(config)))(environment);
      return [];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
  return (await Promise.all(faults)).flat();
}

type ReadConfig = (environment: NodeJS.ProcessEnv) => unknown;

function readConfigOf(config: Record<string, unknown>): ReadConfig {
  const read = Object.entries(config).find(([name]) => /^read\w*Config$/.test(name))?.[1];
  if (isReadConfig(read)) return read;
  throw new TypeError("its config.ts exports no readConfig");
}

function isReadConfig(value: unknown): value is ReadConfig {
  return typeof value === "function";
}

/** What node reads from `--env-file`. */
function fileHere(site: PreparedSite, service: Service): NodeJS.Dict<string> {
  const option = commandOf(service).find((word) => word.startsWith("--env-file="));
  if (option === undefined) return {};
  const path = site.translate(service, option).replace("--env-file=", "");
  return parseEnv(readFileSync(path, "utf8"));
}
