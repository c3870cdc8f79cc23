import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const READY_MS = 20_000;

/** A part of the system that runs as a process of its own, as it would in production. */
export interface StartedPart extends AsyncDisposable {
  /** What it said on standard output when it was ready. */
  readonly ready: Record<string, unknown>;
  readonly pid: number;
  /** Everything it has logged. */
  log(): string;
  kill(): Promise<void>;
}

/** Starts `main` and waits for its ready line. */
export async function startPart(main: string, env: Record<string, string>): Promise<StartedPart> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: ".cache/compile", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let logged = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (logged += text));
  const exited = once(child, "exit");
  const ready = await Promise.race([
    once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(READY_MS) }),
    exited.then(() => {
      throw new Error(`${main} ended before it was ready:\n${logged}`);
    }),
  ]);
  child.stdout.resume();
  return {
    ready: JSON.parse(String(ready[0])),
    pid: child.pid ?? 0,
    log: () => logged,
    kill: () => end(child, "SIGKILL", exited),
    [Symbol.asyncDispose]: () => end(child, "SIGTERM", exited),
  };
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  exited: Promise<unknown>,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await exited;
}
