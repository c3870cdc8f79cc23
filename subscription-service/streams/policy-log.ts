import type { NatsConnection } from "@nats-io/transport-node";
import { type BatchMessage, MAX_BATCH_MESSAGES, publishAtomically } from "#broker/log/atomic-batch";
import type { LogFollower } from "#broker/log/follow-log";
import { Problem } from "#schemas/problem";

/** How long a change of policy may take until it is in force everywhere. */
const IN_FORCE_TIMEOUT_MS = 10_000;

/** Between two who change the same, one wins at each attempt. */
const MAX_ATTEMPTS = 10;

/** One thing that policy shall say. `expectLast`: only if it was last written at that sequence. */
export type PolicyWrite = {
  readonly subject: string;
  readonly value: unknown;
  readonly expectLast?: number;
};

export type PolicyOutcome =
  | { readonly kind: "in-force"; readonly revision: number }
  | { readonly kind: "changed-meanwhile" };

/** Waits until a revision is in force in one respect; false when the time is up. */
export type Gate = (revision: number, timeoutMs: number) => Promise<boolean>;

const encoder = new TextEncoder();

/** Writes policy, and answers only when it is in force. */
export class PolicyLog {
  readonly #connection: NatsConnection;
  readonly #follower: LogFollower;
  readonly #gates: readonly Gate[];

  constructor(connection: NatsConnection, follower: LogFollower, gates: readonly Gate[]) {
    this.#connection = connection;
    this.#follower = follower;
    this.#gates = gates;
  }

  /**
   * Writes all or nothing, then waits until this process decides by it and no older decision can be
   * committed any more. When that cannot be confirmed it says so; the same call may be repeated.
   */
  async write(writes: readonly PolicyWrite[]): Promise<PolicyOutcome> {
    if (writes.length > MAX_BATCH_MESSAGES)
      throw new Problem("too-large", { detail: "too many changes in one call" });
    const outcome = await publishAtomically(this.#connection, writes.map(toMessage));
    if (outcome.kind === "lost-race") return { kind: "changed-meanwhile" };
    if (outcome.kind === "refused")
      throw new Problem("unavailable", { detail: "the policy log refused the change" });
    if (outcome.kind === "unknown")
      throw new Problem("unavailable", {
        detail: "whether the change was stored is not known; repeat the call",
      });
    await this.#inForce(outcome.sequence);
    return { kind: "in-force", revision: outcome.sequence };
  }

  /** Waits until nothing is decided or committed by older policy than this revision. */
  async #inForce(revision: number): Promise<void> {
    const applied = await this.#follower.caughtUp(revision, IN_FORCE_TIMEOUT_MS);
    if (applied && (await this.#passesGates(revision))) return;
    throw new Problem("unavailable", {
      detail: "the change is stored but not yet confirmed to be in force; repeat the call",
    });
  }

  async #passesGates(revision: number): Promise<boolean> {
    const passed = await Promise.all(
      this.#gates.map((gate) => gate(revision, IN_FORCE_TIMEOUT_MS).catch(() => false)),
    );
    return passed.every(Boolean);
  }

  /**
   * Writes what is computed from policy as it stands; when it changed meanwhile, computes again.
   * When there is nothing to write, an earlier call may have written it and not seen it in force:
   * that is waited for all the same.
   */
  async update(compute: () => readonly PolicyWrite[]): Promise<{ revision: number }> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const writes = compute();
      if (writes.length === 0) {
        const revision = this.#follower.applied;
        await this.#inForce(revision);
        return { revision };
      }
      const outcome = await this.write(writes);
      if (outcome.kind === "in-force") return { revision: outcome.revision };
      await this.refresh();
    }
    throw new Problem("conflict", { detail: "others keep changing the same; try again later" });
  }

  /** Waits until all that the log holds now is applied, as after a lost race. */
  async refresh(): Promise<void> {
    const head = await this.#follower.head().catch(unreadable);
    if (!(await this.#follower.caughtUp(head, IN_FORCE_TIMEOUT_MS))) unreadable();
  }
}

function unreadable(cause?: unknown): never {
  throw new Problem("unavailable", { detail: "policy cannot be read", cause });
}

/** Only what is said last counts: what was said before goes, or the log would grow for ever. */
const REPLACES_OLDER = { "Nats-Rollup": "sub" };

function toMessage({ subject, value, expectLast }: PolicyWrite): BatchMessage {
  return {
    subject,
    data: encoder.encode(JSON.stringify(value)),
    headers: REPLACES_OLDER,
    ...(expectLast !== undefined && { expectLast }),
  };
}
