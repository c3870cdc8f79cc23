import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Composition, mainOf, mountsOf, type Service, wordsOf } from "./composition.ts";
import type { PreparedSite } from "./prepared-site.ts";
import { variablesOf, variablesOfImage } from "./variables-of.ts";

/** What in a composition leads nowhere: files, folders, volumes, services, variables and addresses that are not there. */
export function referenceFaults(composition: Composition, site: PreparedSite): string[] {
  const { services } = composition;
  return Object.entries(services).flatMap(([name, service]) =>
    [
      ...buildFaults(service),
      ...fileFaults(service),
      ...volumeFaults(service, composition),
      ...dependencyFaults(service, services),
      ...variableFaults(service),
      ...addressFaults(service, composition),
      // Before `prepare` there is nothing.
      ...(name === "prepare" ? folderFaults(service) : pathFaults(service, site)),
    ].map((fault) => `${name}: ${fault}`),
  );
}

function buildFaults({ build }: Service): string[] {
  if (build === undefined) return [];
  return [build.context, join(build.context, build.dockerfile)]
    .filter((path) => !existsSync(path))
    .map((path) => `build needs ${path}, which is not there`);
}

function fileFaults(service: Service): string[] {
  const copied = readFileSync("deploy/Dockerfile.dockerignore", "utf8").split("\n");
  const asked = service.healthcheck?.test.filter((word) => word.endsWith(".ts")) ?? [];
  return [...asked, mainOf(service)]
    .filter((file) => file !== undefined)
    .flatMap((file) => [
      ...(existsSync(file) ? [] : [`runs ${file}, which is not there`]),
      ...(copied.includes(`!${file.split("/")[0]}`)
        ? []
        : [`runs ${file}, which is not in the image`]),
    ]);
}

function volumeFaults(service: Service, { services, volumes }: Composition): string[] {
  const prepared = mountsOf(services["prepare"] ?? {}).map(({ volume }) => volume);
  return mountsOf(service).flatMap(({ volume }) => [
    ...(volume in volumes ? [] : [`mounts ${volume}, which is not declared`]),
    ...(prepared.includes(volume) ? [] : [`mounts ${volume}, which prepare does not fill`]),
  ]);
}

/** A volume takes its owner from the folder of the image. */
function folderFaults(prepare: Service): string[] {
  const made = /for name in (.*?);/
    .exec(readFileSync("deploy/Dockerfile", "utf8"))?.[1]
    ?.split(" ");
  return mountsOf(prepare)
    .filter(({ target }) => made?.includes(target.replace(/^\/site\/?/, "") || '""') !== true)
    .map(({ target }) => `mounts ${target}, which is no folder of the image`);
}

function dependencyFaults(service: Service, services: Composition["services"]): string[] {
  const { depends_on: needs = {}, network_mode: mode = "" } = service;
  const shared = mode.startsWith("service:") ? [mode.replace("service:", "")] : [];
  const missing = [...Object.keys(needs), ...shared].filter((other) => !(other in services));
  const endless = Object.entries(needs).filter(([other, { condition }]) => {
    const { healthcheck, restart } = services[other] ?? {};
    if (condition === "service_healthy") return healthcheck === undefined;
    return condition === "service_completed_successfully" && restart !== "no";
  });
  return [
    ...missing.map((other) => `needs ${other}, which is not there`),
    ...endless.map(([other, { condition }]) => `waits for ${condition} of ${other}, in vain`),
  ];
}

function variableFaults(service: Service): string[] {
  const main = mainOf(service);
  const read = main === undefined ? variablesOfImage(service.image ?? "") : variablesOf(main);
  return Object.keys(service.environment ?? {})
    .filter((name) => !read.includes(name))
    .map((name) => `nothing reads ${name}`);
}

function addressFaults({ environment = {} }: Service, composition: Composition): string[] {
  const known = Object.values(composition["x-addresses"]);
  return Object.entries(environment)
    .filter(([, value]) => /^[a-z]+:\/\//.test(value) && !known.includes(value))
    .map(([name, value]) => `${name} is ${value}, which is no address of a part`);
}

/** Folders that every image has. */
const OF_EVERY_IMAGE = ["/dev/null", "/tmp"];

function pathFaults(service: Service, site: PreparedSite): string[] {
  const paths = wordsOf(service).flatMap(
    (word) => /^(?:--[a-z-]+=)?(\/[^/].*)$/.exec(word)?.[1] ?? [],
  );
  return paths
    .filter((path) => !OF_EVERY_IMAGE.includes(path))
    .flatMap((path) => {
      const here = site.place(service, path);
      if (here === undefined) return [`${path} lies in no volume`];
      return existsSync(here) ? [] : [`${path} is not there after prepare`];
    });
}
