import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

/** A part that is not ready by then will not be. */
const READY_MS = 20_000;

/** The parts share most of their code: compiled once, it starts them in half the time. */
const COMPILE_CACHE = ".cache/compile";

/** A part that does not end by then is made to. */
const STOP_MS = 5_000;

export type PartOptions = {
  /** The file that is run, from the project's folder. */
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** The part ended by itself, after it was ready. */
  readonly onEnd: () => void;
};

/** Starts a part as a process of its own, as in production, and waits until it says that it is ready. */
export async function startPart({
  main,
  env,
  logFile,
  onEnd,
}: PartOptions): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, [main], {
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // Ctrl-C reaches us alone, and we stop the parts in order
  });
  child.stderr.pipe(createWriteStream(logFile, { mode: 0o600 }));
  const ended = once(child, "exit");
  const isReady = once(createInterface(child.stdout), "line", {
    signal: AbortSignal.timeout(READY_MS),
  });
  await Promise.race([isReady, ended.then(() => Promise.reject(new Error(`${main} ended`)))]).catch(
    async (cause: unknown) => {
      await stop(child, ended);
      throw new Error(`${main} did not start; the end of ${logFile}:\n${await tail(logFile)}`, {
        cause,
      });
    },
  );
  child.stdout.resume();
  let isStopping = false;
  child.once("exit", () => isStopping || onEnd());
  return {
    [Symbol.asyncDispose]: () => {
      isStopping = true;
      return stop(child, ended);
    },
  };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(impatience);
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").slice(-12).join("\n");
}
