import { readCommandLine, USAGE } from "./command-line.ts";
import { readConfig } from "./config.ts";
import { publish } from "./publish.ts";
import { readInput } from "./read-input.ts";
import { type Item, splitResources } from "./split-resources.ts";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 is needed, this is ${process.version}: start it with npm run publish`);
}

const ALL_PUBLISHED = 0;
const NOT_ALL_PUBLISHED = 1;
const WRONG_USE = 2;

const START_FIRST = "Start the sources first, in another terminal: npm start";

process.exitCode = await run();

async function run(): Promise<number> {
  const command = readCommandLine(process.argv.slice(2));
  if (command.kind === "help") {
    console.log(USAGE);
    return ALL_PUBLISHED;
  }
  if (command.kind === "wrong-use") return wrongUse(command.detail);
  const input = await readInput(command.file, process.stdin);
  if (input.kind === "unreadable") return wrongUse(`${command.file}: ${input.detail}`);
  if (input.kind === "refused") {
    return publishAll([{ kind: "refused", label: "input", detail: input.detail }]);
  }
  return publishAll(splitResources(input.text, command.patient));
}

async function publishAll(items: readonly Item[]): Promise<number> {
  let published = 0;
  for await (const { outcome, text } of publish(items, readConfig())) {
    console.log(text);
    if (outcome === "published") published += 1;
    if (outcome === "no-answer") console.error(START_FIRST);
  }
  return published === items.length ? ALL_PUBLISHED : NOT_ALL_PUBLISHED;
}

function wrongUse(detail: string): number {
  console.error(`${detail}\n\n${USAGE}`);
  return WRONG_USE;
}
