import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { commandOf, type Composition, type Service } from "./composition.ts";
import { runStatements, startPostgresHere } from "./postgres-here.ts";
import { environmentHere, type PreparedSite } from "./prepared-site.ts";
import { execute, type Outcome, stop } from "./processes.ts";

const HEALTHY_MS = 20_000;
const BETWEEN_CHECKS_MS = 100;

/** Programs that containers run, as this machine has them. */
export type Programs = {
  readonly natsServer: string;
  /** Folder of PostgreSQL's programs; without it, the sources keep their data in files. */
  readonly postgres: string | undefined;
};

/** A composition whose services run on this machine without containers. */
export interface CompositionAtWork extends AsyncDisposable {
  /** Services that run, in the order in which they got healthy. */
  readonly healthy: readonly string[];
  /** Runs a service once, with words after its entrypoint and a text on its standard input. */
  run(name: string, words: readonly string[], input: string): Promise<Outcome>;
}

/** Starts every service without a profile as the composition says: in its order, with its commands and health checks. */
export async function startHere(
  written: Composition,
  site: PreparedSite,
  programs: Programs,
): Promise<CompositionAtWork> {
  await using stack = new AsyncDisposableStack();
  const composition = programs.postgres === undefined ? withoutPostgres(written) : written;
  const healthy: string[] = [];
  const reached = new Map<string, Promise<void>>();
  const reach = (name: string): Promise<void> => {
    const known = reached.get(name) ?? start(name);
    reached.set(name, known);
    return known;
  };
  const start = async (name: string): Promise<void> => {
    const service = composition.services[name] ?? {};
    await Promise.all(Object.keys(service.depends_on ?? {}).map(reach));
    if (name === "machine" || name === "prepare") return; // this machine, and done before
    const child = spawnHere(site, service, programs);
    stack.defer(() => stop(child));
    await untilHealthy(child, name, { site, service, programs });
    healthy.push(name);
  };
  const lasting = Object.entries(composition.services).filter(([, { profiles }]) => !profiles);
  const outcomes = await Promise.allSettled(lasting.map(([name]) => reach(name)));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  const owned = stack.move();
  return {
    healthy,
    run: (name, words, input) => runOnce(site, composition.services[name] ?? {}, [words, input]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The composition with the sources' embedded store instead of the server. */
function withoutPostgres(written: Composition): Composition {
  const composition = structuredClone(written);
  delete composition.services["postgres"];
  for (const [name, service] of Object.entries(composition.services)) {
    delete service.depends_on?.["postgres"];
    if (service.command?.some((word) => word.startsWith("--env-file=")) !== true) continue;
    service.command = service.command.filter((word) => !word.startsWith("--env-file="));
    service.environment = { ...service.environment, SOURCE_STORE_DIRECTORY: `/site/${name}/store` };
  }
  return composition;
}

function spawnHere(site: PreparedSite, service: Service, programs: Programs): ChildProcess {
  const [program = "", ...words] = commandOf(service).map((word) => site.translate(service, word));
  if (program === "postgres" && programs.postgres !== undefined)
    return startPostgresHere(site, service, programs.postgres);
  const child = spawn(programHere(program, programs), words, {
    env: environmentHere(site, service),
    stdio: ["ignore", "ignore", "pipe"],
  });
  return child;
}

function programHere(program: string, { natsServer, postgres = "" }: Programs): string {
  if (program === "node") return process.execPath;
  return program === "nats-server" ? natsServer : join(postgres, program);
}

type Place = {
  readonly site: PreparedSite;
  readonly service: Service;
  readonly programs: Programs;
};

async function untilHealthy(child: ChildProcess, name: string, place: Place): Promise<void> {
  let said = "";
  child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const until = performance.now() + HEALTHY_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
    if (await answersWell(place)) break;
    if (performance.now() > until) throw new Error(`${name} is not healthy: ${said}`);
    await after(BETWEEN_CHECKS_MS);
  }
  const { code, stderr } = await checkHealth(place);
  if (code !== 0) throw new Error(`${name} answers, but its health check fails: ${stderr}`);
  if (name === "postgres") await runStatements(place.site, place.service);
}

/** Asks the address of the health check from here: a process for each attempt would keep the machine busy. */
async function answersWell(place: Place): Promise<boolean> {
  const { site, service } = place;
  const address = service.healthcheck?.test.find((word) => word.startsWith("http://"));
  if (address === undefined) return (await checkHealth(place)).code === 0;
  const answer = await fetch(site.translate(service, address)).catch(() => undefined);
  return answer?.ok === true;
}

/** Runs the health check; wget is not everywhere, and does nothing here that ours does not. */
function checkHealth({ site, service, programs }: Place): Promise<Outcome> {
  const test = (service.healthcheck?.test ?? []).map((word) => site.translate(service, word));
  const [, program = "", ...words] = test;
  if (program !== "wget") return execute(programHere(program, programs), words);
  return execute(process.execPath, ["deploy/health/main.ts", words.at(-1) ?? ""]);
}

function runOnce(
  site: PreparedSite,
  service: Service,
  [words, input]: [readonly string[], string],
): Promise<Outcome> {
  const [, ...own] = commandOf(service);
  return execute(process.execPath, [...own, ...words], {
    input,
    env: environmentHere(site, service),
  });
}
