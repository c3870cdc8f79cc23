if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(
    `Node 24 is needed, this is ${process.version}: start it with npm (npm start)\n`,
  );
  process.exit(1);
}

// Imported only now: an older Node would stumble over their syntax before it could say why.
const { parseArgs } = await import("node:util");
const { runDemo } = await import("./run-demo.ts");

const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
await runDemo(values);
