import { headers, type NatsConnection } from "@nats-io/transport-node";
import { leaseSubject } from "#schemas/subject";

/** How long a process may go on handing out without a renewal. A revocation waits no longer for it. */
export const LEASE_MS = 2500;

/**
 * How long the broker remembers a lease: longer than its holder trusts it, since the broker counts
 * from when it heard, and the holder from before it asked.
 */
const REMEMBERED = "3s";

const RENEW_EVERY_MS = 800;
const RENEW_TIMEOUT_MS = 1000;

export type LeaseOptions = {
  readonly connection: NatsConnection;
  /** A name that no other process has. */
  readonly process: string;
  /** The newest policy revision that is applied, and by which what is being sent was reconsidered. */
  readonly applied: () => number;
  /** False when this process can no longer follow policy: then nobody shall have to wait for it. */
  readonly mayRenew: () => boolean;
  /** Milliseconds on a clock that never stops or jumps. */
  readonly clock: () => number;
};

/**
 * This process's right to hand out (docs/architecture.md, When policy changes). It is registered before policy is loaded, renewed
 * while the process runs, and tells the revision that the process has applied. When it lapses the
 * process hands out nothing, whatever it believes.
 */
export class HandOutLease implements AsyncDisposable {
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #validUntil = 0;
  #given = false;
  #renewing: Promise<void> | undefined;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#renew(), RENEW_EVERY_MS);
  }

  /** Registers the lease; from then on revocations wait for this process. */
  static async register(options: LeaseOptions): Promise<HandOutLease> {
    const lease = new HandOutLease(options);
    await lease.#renew();
    return lease;
  }

  get isValid(): boolean {
    return !this.#given && this.#options.clock() < this.#validUntil;
  }

  /** Tells at once that newer policy is applied. */
  acknowledge(): void {
    void this.#renew();
  }

  /** One renewal at a time; what was applied meanwhile is told right after it. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#renewUntilTold().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renewUntilTold(): Promise<void> {
    const { applied, clock, mayRenew } = this.#options;
    while (mayRenew()) {
      const askedAt = clock();
      const revision = applied();
      if (!(await this.#tell(revision))) return; // it lapses unless a later renewal comes in time
      this.#validUntil = askedAt + LEASE_MS;
      if (applied() === revision) return;
    }
  }

  async #tell(revision: number): Promise<boolean> {
    const { connection, process } = this.#options;
    const lasting = headers();
    lasting.set("Nats-TTL", REMEMBERED);
    const said = JSON.stringify({ applied: revision });
    const options = { headers: lasting, timeout: RENEW_TIMEOUT_MS };
    try {
      const answer = await connection.request(leaseSubject(process), said, options);
      return answer.json<{ error?: unknown }>().error === undefined;
    } catch {
      return false;
    }
  }

  /** Gives the lease up: nobody has to wait for a process that hands out nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    this.#given = true;
    await this.#tell(Number.MAX_SAFE_INTEGER);
  }
}
