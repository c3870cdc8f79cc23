import { setTimeout as after } from "node:timers/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import { LEASES } from "./tenant-streams.ts";

/** Between two looks; other processes acknowledge within a few milliseconds. */
const LOOK_EVERY_MS = 5;

/**
 * Waits until every process that may hand out has applied a policy revision, or has lost its lease
 * (docs/architecture.md, When policy changes). Leases are read through the stream's leader: a process that is not found there
 * either has none, or registers after this and then loads policy that holds the revision.
 */
export class HandOutBarrier {
  readonly #manager: JetStreamManager;

  constructor(manager: JetStreamManager) {
    this.#manager = manager;
  }

  /** False when the time is up first: somebody may still hand out by older policy. */
  async passed(revision: number, timeoutMs: number): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    while (!(await this.#allApplied(revision))) {
      if (performance.now() > until) return false;
      await after(LOOK_EVERY_MS);
    }
    return true;
  }

  async #allApplied(revision: number): Promise<boolean> {
    const { state } = await this.#manager.streams.info(LEASES, { subjects_filter: "lease.*" });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const lease = await this.#manager.streams.getMessage(LEASES, { last_by_subj: subject });
      if (lease !== null && lease.json<{ applied: number }>().applied < revision) return false;
    }
    return true;
  }
}
