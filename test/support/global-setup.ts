import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The nats-server program that tests start. */
    natsBinary: string;
  }
}

const NODE_NEEDED = 24;

/** Runs once before all tests: refuses an old Node, and finds the nats-server that the tests start, each its own. */
export default async function globalSetup(project: TestProject): Promise<void> {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < NODE_NEEDED) {
    throw new Error(
      `The tests need Node ${NODE_NEEDED} or newer, and this is ${process.version}: run them with npm test, after npm ci`,
    );
  }
  // Imported late: an older Node must get as far as the message above.
  const { readBrokerConfig } = await import("#broker/config");
  const { findNatsBinary } = await import("#broker/server/find-nats-binary");
  const { path } = await findNatsBinary({
    config: readBrokerConfig(),
    report: (line) => console.error(line),
  });
  project.provide("natsBinary", path);
}
