import { readConfig } from "./config.ts";
import { prepareSite } from "./prepare-site.ts";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 is needed, this is ${process.version}: start it with npm`);
}

const config = readConfig();
await prepareSite(config);
process.stdout.write(`${JSON.stringify({ ready: "prepare", directory: config.SITE_DIRECTORY })}\n`);
