if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(
    `Node 24 or newer is needed, and this is ${process.version}: start it with an npm script (npm start), which brings its own.`,
  );
  process.exit(1);
}

// imported only now: an older Node would stumble over their syntax before it could say why
const { pino } = await import("pino");
const { readConfig } = await import("./config.ts");
const config = readConfig();
const { startHelseid } = await import("./start-helseid.ts");

const STDERR = 2;
const log = pino({ name: "helseid stand-in" }, pino.destination(STDERR));

const helseid = await startHelseid({
  ...config,
  onFault: (fault) => log.warn(fault, "refused"),
});
log.warn("This is a stand-in for HelseID. Anyone can log in as anyone: never use it for real.");
console.log(JSON.stringify({ ready: "helseid", issuer: helseid.issuer }));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void helseid[Symbol.asyncDispose]());
}
