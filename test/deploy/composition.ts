import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A service of docker-compose.yml, as far as the project writes one. */
export type Service = {
  image?: string;
  build?: { context: string; dockerfile: string };
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  tmpfs?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  network_mode?: string;
  restart?: string;
  profiles?: string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  privileged?: boolean;
};

export type Composition = {
  "x-addresses": Record<string, string>;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

export const COMPOSE_FILE = "docker-compose.yml";

/** The file with its anchors and merge keys resolved. */
export function readComposition(): Composition {
  const composition: Composition = parse(readFileSync(COMPOSE_FILE, "utf8"), { merge: true });
  return composition;
}

/** Everything that a container runs, word by word. */
export function commandOf({ entrypoint = [], command = [] }: Service): string[] {
  return [...entrypoint, ...command];
}

/** The file that node runs in a container; undefined where something else is run. */
export function mainOf(service: Service): string | undefined {
  const [program, ...words] = commandOf(service);
  return program === "node" ? words.find((word) => !word.startsWith("-")) : undefined;
}

/** Everything that a container is told: its command, its environment and how to ask for its health. */
export function wordsOf(service: Service): string[] {
  const { environment = {}, healthcheck } = service;
  return [...commandOf(service), ...Object.values(environment), ...(healthcheck?.test ?? [])];
}

export type Mount = { readonly volume: string; readonly target: string };

/** What a container sees of the volumes, the deepest folders first. */
export function mountsOf({ volumes = [] }: Service): Mount[] {
  return volumes
    .map((text) => {
      const [volume = "", target = ""] = text.split(":");
      return { volume, target };
    })
    .toSorted((a, b) => b.target.length - a.target.length);
}
