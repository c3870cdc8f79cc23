import type { Readable } from "node:stream";
import { readCommandLine, USAGE } from "./command-line.ts";
import type { ConfigOutcome } from "./config.ts";
import { publish } from "./publish.ts";
import { readInput } from "./read-input.ts";
import { type Item, splitResources } from "./split-resources.ts";

/** Exit codes. */
const ALL_PUBLISHED = 0;
const NOT_ALL_PUBLISHED = 1;
const WRONG_USE = 2;

const START_FIRST = "Is it running? The sources are started by npm start, in another terminal";

/** What the command touches of the world. */
export type Surroundings = {
  readonly words: readonly string[];
  readonly stdin: Readable;
  readonly readSettings: () => ConfigOutcome;
  /** Takes a line of results. */
  readonly print: (line: string) => void;
  /** Takes what is wrong, or what to do about it. */
  readonly complain: (text: string) => void;
};

/** Runs `npm run publish`, and gives its exit code. */
export async function runPublish(surroundings: Surroundings): Promise<number> {
  const { words, stdin, print } = surroundings;
  const command = readCommandLine(words);
  if (command.kind === "help") {
    print(USAGE);
    return ALL_PUBLISHED;
  }
  if (command.kind === "wrong-use") return wrongUse(command.detail, surroundings);
  const { file, patient } = command;
  const input = await readInput(file, stdin);
  if (input.kind === "unreadable") return wrongUse(`${file}: ${input.detail}`, surroundings);
  const items: Item[] =
    input.kind === "refused"
      ? [{ kind: "refused", label: "input", detail: input.detail }]
      : splitResources(input.text, patient);
  return publishAll(items, surroundings);
}

async function publishAll(
  items: readonly Item[],
  { readSettings, print, complain }: Surroundings,
): Promise<number> {
  let published = 0;
  for await (const { outcome, text } of publish(items, readSettings())) {
    print(text);
    if (outcome === "published") published += 1;
    if (outcome === "no-answer") complain(START_FIRST);
  }
  return published === items.length ? ALL_PUBLISHED : NOT_ALL_PUBLISHED;
}

function wrongUse(detail: string, { complain }: Surroundings): number {
  complain(`${detail}\n\n${USAGE}`);
  return WRONG_USE;
}
