import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { BrokerError } from "./broker-error.ts";
import { endWithParent } from "./end-with-parent.ts";
import { hasStopped } from "./has-stopped.ts";
import type { ServerFiles } from "./server-files.ts";
import { waitFor } from "./wait-for.ts";

/** A clean stop flushes each durable consumer for some 10 ms; after this, what is acknowledged is on disk anyway. */
const STOP_TIMEOUT_MS = 30_000;

/** Standing still takes microseconds on an idle machine, and a turn of the scheduler on a busy one. */
const FREEZE_TIMEOUT_MS = 10_000;

/** A running nats-server as a process. Every method does nothing once it has ended. */
export interface ServerProcess {
  readonly pid: number;
  /** Becomes true when the process has ended. */
  readonly ended: () => boolean;
  signal(name: NodeJS.Signals): void;
  /** Stops it in its tracks; resolves when every thread stands still. */
  freeze(): Promise<void>;
  /** Lets the server close its store and end; kills it when that takes longer than 30 s. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut to the process would. */
  kill(): Promise<void>;
}

/**
 * Starts nats-server with a configuration file and nothing of our own environment but what is given.
 *
 * @throws BrokerError `not-started` when there is no such program.
 */
export async function spawnServer(
  binary: string,
  files: ServerFiles,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const { child, pid, exited } = await spawned(binary, files, environment);
  const callOff = endWithParent(pid);
  void exited.then(callOff);
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  const kill = async () => {
    signal("SIGKILL");
    await exited;
  };
  return {
    pid,
    ended,
    signal,
    kill,
    async freeze() {
      signal("SIGSTOP");
      await waitFor(async () => ended() || (await hasStopped(pid)) || undefined, FREEZE_TIMEOUT_MS);
    },
    async stop() {
      signal("SIGTERM");
      signal("SIGCONT");
      await waitFor(async () => ended() || undefined, STOP_TIMEOUT_MS);
      await kill();
    },
  };
}

interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<void>;
}

async function spawned(
  binary: string,
  { config, errors }: ServerFiles,
  environment: Readonly<Record<string, string>>,
): Promise<Spawned> {
  await using errorFile = await open(errors, "w", 0o600);
  const child = spawn(binary, ["--config", config], {
    stdio: ["ignore", errorFile.fd, errorFile.fd],
    // Ctrl-C in a terminal is for us to answer: the broker ends last.
    detached: true,
    env: environment,
  });
  // Listened for from the first moment: one that cannot read its configuration is gone in milliseconds.
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  const failure = await new Promise<unknown>((settle) => {
    child.once("spawn", () => settle(undefined)).once("error", settle);
  });
  if (child.pid !== undefined && failure === undefined) return { child, pid: child.pid, exited };
  throw new BrokerError("not-started", `${binary} could not be started: ${String(failure)}`, {
    cause: failure,
  });
}
