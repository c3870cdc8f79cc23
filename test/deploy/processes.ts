import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. */
export async function execute(
  program: string,
  words: readonly string[],
  { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(program, words, { env }, (_failure, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** Ends a process in an orderly way, and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGINT"); // a fast shutdown for PostgreSQL, and the same as SIGTERM for the others
  await ended;
}
