import { createLogger } from "#web/logger";
import { readConfig } from "./config.ts";
import { startService } from "./service.ts";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 is needed, this is ${process.version}: start it with npm`);
}

const config = readConfig();
const log = createLogger({ name: "subscription-service", level: config.LOG_LEVEL });
const service = await startService({ config, log, now: Date.now });
process.stdout.write(`${JSON.stringify({ ready: "subscription-service", url: service.url })}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void service[Symbol.asyncDispose]().then(() => process.exit(0)));
}
