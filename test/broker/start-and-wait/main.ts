// Starts a nats-server, prints where it listens, and waits to be killed. Run by end-with-parent.test.ts.
import { startNatsServer } from "#broker/server/start-nats-server";

const [, , binary = ""] = process.argv;
const server = await startNatsServer({ binary });
process.stdout.write(`${server.url}\t${server.pid}\t${server.storeDirectory}\n`);
