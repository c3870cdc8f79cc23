import { join } from "node:path";

/** The files that a server keeps in its store directory. */
export interface ServerFiles {
  readonly directory: string;
  readonly config: string;
  readonly log: string;
  /** What the server prints before it opens its log: faults of its configuration. */
  readonly errors: string;
  readonly store: string;
  /** Holds a ports file for each process that runs on the store, or that was killed there. */
  readonly ports: string;
}

/** Names the files of a store directory. */
export function serverFiles(directory: string): ServerFiles {
  return {
    directory,
    config: join(directory, "nats-server.conf"),
    log: join(directory, "nats-server.log"),
    errors: join(directory, "nats-server.err"),
    store: join(directory, "store"),
    ports: join(directory, "ports"),
  };
}
