import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Composition, mountsOf, type Service, commandOf, wordsOf } from "./composition.ts";
import { freePorts } from "./free-ports.ts";

/** The volumes of a composition as folders of this machine, filled by its service `prepare`, and its ports as free ones. */
export interface PreparedSite extends AsyncDisposable {
  readonly directory: string;
  /** Where a path of a container lies on this machine; undefined outside its volumes. */
  place(service: Service, path: string): string | undefined;
  /** A word of a service's command or environment as it would be said on this machine. */
  translate(service: Service, word: string): string;
}

/** Runs `prepare` as the composition says, but on this machine. */
export async function prepareHere(composition: Composition): Promise<PreparedSite> {
  const directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-composition-"));
  const site = await siteHere(composition, directory);
  const prepare = composition.services["prepare"] ?? {};
  const words = commandOf(prepare)
    .slice(1)
    .map((word) => site.translate(prepare, word));
  const { status, stderr } = spawnSync(process.execPath, words, {
    env: environmentHere(site, prepare),
    encoding: "utf8",
  });
  if (status === 0) return site;
  await site[Symbol.asyncDispose]();
  throw new Error(`prepare failed: ${stderr}`);
}

/** A service's environment as it would be given on this machine. */
export function environmentHere(site: PreparedSite, service: Service): Record<string, string> {
  const given = Object.entries(service.environment ?? {});
  return Object.fromEntries(given.map(([name, value]) => [name, site.translate(service, value)]));
}

async function siteHere(composition: Composition, directory: string): Promise<PreparedSite> {
  const ports = await portsHere(composition);
  const folders = new Map(
    mountsOf(composition.services["prepare"] ?? {}).map(({ volume, target }) => [
      volume,
      target.replace(/^\/site/, directory),
    ]),
  );
  const translate = (service: Service, word: string): string => {
    let said = word.replaceAll("0.0.0.0", "127.0.0.1");
    for (const { volume, target } of mountsOf(service)) {
      if (!new RegExp(`(^|=)${target}(/|$)`).test(said)) continue;
      said = said.replace(target, folders.get(volume) ?? target);
      break;
    }
    return said.replaceAll(/(?<=^|:|=)\d{4,5}(?=$|\/)/g, (port) => ports.get(port) ?? port);
  };
  return {
    directory,
    translate,
    place: (service, path) => {
      const here = translate(service, path);
      return here === path ? undefined : here;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A free port for each that the composition names, in an address or by itself. */
async function portsHere(composition: Composition): Promise<Map<string, string>> {
  const words = Object.values(composition.services).flatMap(wordsOf);
  const named = new Set(
    [...words.join(" ").matchAll(/(?:^|[ :=])(\d{4,5})(?=[ /]|$)/g)].map(([, port = ""]) => port),
  );
  const free = await freePorts(named.size);
  return new Map([...named].map((port, index) => [port, String(free[index])]));
}
