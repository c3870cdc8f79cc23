import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimDirectory } from "./claim-directory.ts";
import { startSite, type SiteAtWork } from "./site-at-work.ts";
import { Narrator } from "./story/narrator.ts";
import { playStory } from "./story/play.ts";

/** Settings, stores and logs of what stays up; `npm run publish` finds it there. Made anew each time. */
const DIRECTORY = ".run";

export type DemoOptions = {
  /** End after the story; otherwise everything stays up. */
  readonly once: boolean;
};

function write(text: string): void {
  process.stdout.write(text);
}

/**
 * Starts a site, plays the story, and prints what was counted as one line of JSON. An interruption
 * ends it at any time, with everything that it started.
 */
export async function runDemo({ once: onlyOnce }: DemoOptions): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.once(signal, () => interruption.abort());
  await using directory = onlyOnce ? await temporaryDirectory() : await claimDirectory(DIRECTORY);
  const startedAt = performance.now();
  const report = (line: string): void => write(`${line}\n`);
  await using running = await startSite({ directory: directory.path, report });
  const summary = await unless(interruption.signal, playStory(running, new Narrator(write)));
  if (summary === undefined) return;
  write(`\nDone ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start.\n`);
  if (!onlyOnce) {
    write(stayingUp(running));
    if (!interruption.signal.aborted) await once(interruption.signal, "abort");
  }
  write(`${JSON.stringify(summary)}\n`);
}

/** What a task gives, or nothing when the signal comes first; then its failing is of no interest. */
async function unless<T>(signal: AbortSignal, task: Promise<T>): Promise<T | undefined> {
  const aborted = signal.aborted ? Promise.resolve() : once(signal, "abort");
  const result = await Promise.race([task, aborted.then(() => undefined)]);
  if (signal.aborted) task.catch(() => undefined);
  return result;
}

function stayingUp({ site: { addresses }, logs }: SiteAtWork): string {
  return [
    "\nEverything stays up until Ctrl-C:",
    `   GP's EHR             ${addresses.gp}`,
    `   hospital ward's EHR  ${addresses.ward}`,
    `   stranger's EHR       ${addresses.stranger}`,
    `   subscription service ${addresses.service}/openapi.json`,
    `   measurements         ${addresses.measurements}/openapi.json`,
    `   plans                ${addresses.plans}/openapi.json`,
    `   HelseID's stand-in   ${addresses.issuer}`,
    `   logs                 ${logs}`,
    "   record something:    npm run publish -- producers/samples/blood-pressure.json",
    "",
  ].join("\n");
}

/** A demonstration that ends leaves nothing, and is in nobody's way. */
async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "hendelsesstrom-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
