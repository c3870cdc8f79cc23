if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(
    `Node 24 or newer is needed, and this is ${process.version}: start with an npm script, which brings its own.`,
  );
  process.exit(1);
}

// imported only now: an older Node would stumble over their syntax before it could say why
const { createLog } = await import("./create-log.ts");
const { readConfig } = await import("./config.ts");
const { startEhr } = await import("./start-ehr.ts");

const { logLevel, ...config } = readConfig();
const log = createLog(logLevel);
const ehr = await startEhr({ ...config, log });
console.log(JSON.stringify({ ready: "ehr", name: config.settings.name, url: ehr.url }));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void ehr[Symbol.asyncDispose]());
}

try {
  await ehr.stopped;
} catch (error) {
  log.fatal({ err: error }, "what is received can no longer be stored");
  await ehr[Symbol.asyncDispose]();
  process.exitCode = 1;
}
