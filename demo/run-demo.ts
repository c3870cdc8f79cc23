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

/** Starts a site, plays the story, prints what was counted as one line of JSON. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await using directory = options.once
    ? await temporaryDirectory()
    : await claimDirectory(DIRECTORY);
  const startedAt = performance.now();
  await using running = await startSite({
    directory: directory.path,
    report: (line) => write(`${line}\n`),
  });
  const summary = await playStory(running, new Narrator(write));
  write(`\nDone ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start.\n`);
  if (!options.once) {
    write(stayingUp(running));
    await interrupted;
  }
  write(`${JSON.stringify(summary)}\n`);
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
    "   record something:    npm run publish -- producers/samples/<file>.json",
    "",
  ].join("\n");
}

/** A demonstration that ends leaves nothing, and is in nobody's way. */
async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "hendelsesstrom-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
