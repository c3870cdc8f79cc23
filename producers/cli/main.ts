import { readConfig } from "./config.ts";
import { runPublish } from "./run-publish.ts";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 is needed, this is ${process.version}: start it with npm run publish`);
}

process.exitCode = await runPublish({
  words: process.argv.slice(2),
  stdin: process.stdin,
  readSettings: readConfig,
  print: (line) => console.log(line),
  complain: (text) => console.error(text),
});
