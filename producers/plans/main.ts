import { readConfig } from "../config.ts";
import { runSource } from "../run-source.ts";
import { plans } from "./plans.ts";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 is needed, this is ${process.version}: start it with npm`);
}

const source = await runSource(plans, readConfig());
process.stdout.write(`${JSON.stringify({ ready: plans.name, url: source.url })}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void source[Symbol.asyncDispose]().then(() => process.exit(0)));
}
