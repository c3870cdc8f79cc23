import { setTimeout as after } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { PolicyIndex } from "#decision/policy-index";
import { followLog, type LogFollower, type LogMessage } from "#broker/log/follow-log";
import { openEntry } from "#schemas/sealed-entry";
import type { BrokerLink } from "../broker-link.ts";
import { Alarm } from "../pacing/alarm.ts";
import { DEFAULT_BACKOFF, pauseAfter } from "../pacing/backoff.ts";

const POLICY_STREAM = "POLICY";
const POLICY_SUBJECTS = "pol.>";

/** How long a lookup waits to be sure of policy: a person waits for it. */
const CURRENT_WITHIN_MS = 2000;

export type PolicyReplicaOptions = {
  readonly link: Pick<BrokerLink, "current" | "onUp">;
  /** The tenant's key for what the policy log keeps sealed. */
  readonly tableKey: Uint8Array;
  /** Hears why policy cannot be followed; it is tried again. */
  readonly onFailure: (error: unknown) => void;
};

type Following = {
  readonly index: PolicyIndex;
  readonly follower: LogFollower;
  /** Ends this following, after which the log is read anew. */
  readonly giveUp: (error: unknown) => void;
};

/**
 * The source's own copy of the tenant's policy. Each answer has first been compared with the head of
 * the log: it is policy as it is now, not as it was when the last message happened to arrive.
 */
export class PolicyReplica implements AsyncDisposable {
  readonly #options: PolicyReplicaOptions;
  readonly #alarm = new Alarm();
  readonly #stop = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #following: Following | undefined;
  #stopped = false;

  constructor(options: PolicyReplicaOptions) {
    this.#options = options;
    this.#running = this.#run();
    options.link.onUp(() => this.#alarm.ring());
  }

  /**
   * Policy with everything applied that the log held when this was called. Nothing when that cannot be
   * known in time: then nothing may be decided.
   */
  async current(): Promise<PolicyIndex | undefined> {
    const following = this.#following;
    if (following === undefined || this.#options.link.current === undefined) return undefined;
    const race = new AbortController();
    const tooLate = after(CURRENT_WITHIN_MS, false, { signal: race.signal }).catch(() => false);
    const isCurrent = await Promise.race([reachesHead(following), tooLate]);
    race.abort();
    return isCurrent && following === this.#following ? following.index : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#stop.resolve();
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      const { current } = this.#options.link;
      const hasFollowed = current !== undefined && (await this.#follow(current.connection));
      failures = hasFollowed ? 1 : failures + 1;
      if (!this.#stopped) await this.#alarm.wait(pauseAfter(failures, DEFAULT_BACKOFF));
    }
  }

  /** Reads policy from the beginning and follows it until that fails; false when it never held. */
  async #follow(connection: NatsConnection): Promise<boolean> {
    const ended = Promise.withResolvers<void>();
    let failure: unknown;
    const giveUp = (error: unknown) => {
      failure ??= error; // what comes after it only follows from it
      ended.resolve();
    };
    const index = this.#newIndex();
    const starting = followLog({
      connection,
      stream: POLICY_STREAM,
      subjects: POLICY_SUBJECTS,
      onMessage: (message) => apply(index, message),
      onFailure: giveUp,
    });
    try {
      const follower = await Promise.race([starting, this.#stop.promise]);
      if (follower === undefined) return false;
      this.#following = { index, follower, giveUp };
      await Promise.race([ended.promise, this.#stop.promise]);
      return true;
    } catch (error) {
      giveUp(error);
      return false;
    } finally {
      this.#following = undefined;
      if (failure !== undefined) this.#options.onFailure(failure);
      // One that is still reading ends with the connection; nobody waits for it.
      void starting.then((follower) => follower[Symbol.asyncDispose]()).catch(() => undefined);
    }
  }

  #newIndex(): PolicyIndex {
    const { tableKey } = this.#options;
    return new PolicyIndex({ openPatient: (alias, sealed) => openEntry(tableKey, alias, sealed) });
  }
}

function apply(index: PolicyIndex, { subject, sequence, data }: LogMessage): void {
  index.apply({ subject, sequence, value: JSON.parse(new TextDecoder().decode(data)) });
}

/** Asks how far the log goes, and waits until the replica has come there. */
async function reachesHead({ follower, giveUp }: Following): Promise<boolean> {
  try {
    const before = follower.applied; // what is applied while the answer is on its way proves nothing
    const head = await follower.head();
    if (head >= before) return await follower.caughtUp(head, CURRENT_WITHIN_MS);
    giveUp(new Error("The policy log is not the one that was read: it is shorter"));
  } catch {
    // The broker did not answer: policy is not known to be current, but the copy is still good.
  }
  return false;
}
