import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Whether a process stands still after `SIGSTOP`. The signal only asks for it: threads on other processors go on for a
 * while, long enough to answer a request.
 */
export async function hasStopped(pid: number): Promise<boolean> {
  const states = process.platform === "linux" ? await threadStates(pid) : [await stateFromPs(pid)];
  return states.every((state) => state === "T");
}

async function threadStates(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return Promise.all(threads.map((thread) => threadState(`/proc/${pid}/task/${thread}/stat`)));
}

async function threadState(file: string): Promise<string> {
  // A thread that is gone stands still as well.
  const text = await readFile(file, "utf8").catch(() => ") T");
  // The name before the state is in brackets, and may itself hold any sign.
  return text.charAt(text.lastIndexOf(")") + 2);
}

async function stateFromPs(pid: number): Promise<string> {
  return (await run("ps", ["-o", "state=", "-p", String(pid)])).stdout.trim().charAt(0);
}
