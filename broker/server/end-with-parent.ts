import { spawn } from "node:child_process";

// Waits for the end of a pipe that only our process holds open, which the kernel closes however we die. A frozen
// process gets the signal only when it is let go on.
const WATCH = 'while read -r line; do :; done; kill -TERM "$1"; kill -CONT "$1"';

/**
 * Sees to it that a child ends when this process dies, by `kill -9` too: a small shell waits for our end and then stops
 * the child cleanly.
 *
 * @returns a function that calls the watch off; to be called when the child has ended, before its id is used again.
 */
export function endWithParent(pid: number): () => void {
  // In a process group of its own: Ctrl-C in a terminal is for us to answer, in order, and not for the watch.
  const watch = spawn("/bin/sh", ["-c", WATCH, "watch", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  // Without a shell there is no watch: the child then outlives a killed parent, and nothing else changes.
  watch.on("error", () => {});
  return () => void watch.kill("SIGKILL");
}
