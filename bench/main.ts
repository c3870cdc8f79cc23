import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { runFanout } from "./fanout/run-fanout.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, long: { type: "boolean", default: false } },
});

/** Progress goes to standard error; with `--json` standard output holds one line of JSON. */
function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

const BENCHES: Record<string, () => Promise<unknown>> = {
  fanout: () =>
    runFanout({
      report,
      ...(values.long ? { rounds: 7, events: 60_000 } : { rounds: 3, events: 12_000 }),
    }),
};

const bench = BENCHES[positionals[0] ?? ""];
if (bench === undefined) {
  process.stderr.write(`npm run bench -- <${Object.keys(BENCHES).join("|")}> [--json] [--long]\n`);
  process.exit(2);
}
report(`${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.versions.node}`);
const result = await bench();
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
