import type { PolicyIndex } from "#decision/policy-index";
import type { Subscription } from "#decision/policy-objects";

type Running = AsyncDisposable & {
  readonly pausedBecause: string | undefined;
  resume(): Promise<void>;
  /** Cuts off what may not be sent any more. */
  reconsider?(): void;
};

export type CouriersOptions = {
  readonly policy: Pick<PolicyIndex, "subscriptions">;
  /** Starts to ask the endpoint whether it wants the events. */
  readonly validate: (subscription: string) => Running;
  /** Starts to bring notifications to the endpoint. */
  readonly courier: (subscription: string) => Running;
};

type Task = "validate" | "courier";

/** Keeps a task running for each webhook, as policy says: one that validates, then one that brings. */
export class WebhookCouriers implements AsyncDisposable {
  readonly #options: CouriersOptions;
  readonly #running = new Map<string, { task: Task; running: Running }>();
  #stopping = Promise.resolve();

  constructor(options: CouriersOptions) {
    this.#options = options;
  }

  /** Starts and stops tasks until they are those that policy asks for. Call it when policy changed. */
  reconcile(): void {
    for (const [id, subscription] of this.#options.policy.subscriptions()) {
      this.#assign(id, taskFor(subscription));
      this.#running.get(id)?.running.reconsider?.();
    }
  }

  /** Why a subscription's webhook is not called any more, if so. */
  pausedBecause(id: string): string | undefined {
    return this.#running.get(id)?.running.pausedBecause;
  }

  /** Calls a subscription's webhook again, from where it was. */
  async resume(id: string): Promise<void> {
    await this.#running.get(id)?.running.resume();
  }

  #assign(id: string, task: Task | undefined): void {
    const current = this.#running.get(id);
    if (current?.task === task) return;
    if (current !== undefined) this.#stop(id, current.running);
    if (task !== undefined) this.#running.set(id, { task, running: this.#options[task](id) });
  }

  #stop(id: string, running: Running): void {
    this.#running.delete(id);
    this.#stopping = Promise.all([this.#stopping, running[Symbol.asyncDispose]()]).then(
      () => undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [id, { running }] of this.#running) this.#stop(id, running);
    await this.#stopping;
  }
}

function taskFor({ delivery, state }: Subscription): Task | undefined {
  if (delivery.way !== "webhook") return undefined;
  if (state === "pending") return "validate";
  return state === "active" ? "courier" : undefined;
}
