import type { LifecycleEvent } from "#schemas/notification";
import { type AttemptOutcome, nextStep, type RetryPolicy } from "../domain/webhook-attempt.ts";
import type { WebhookRequest } from "./webhook-client.ts";
import { type Endpoint, webhookRequest } from "./webhook-courier.ts";

export type ValidationPorts = {
  readonly event: () => LifecycleEvent;
  readonly endpoint: () => Endpoint | undefined;
  readonly post: (request: WebhookRequest, signal: AbortSignal) => Promise<AttemptOutcome>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly random: () => number;
  readonly retryPolicy: RetryPolicy;
  /** The endpoint took the event: the subscription may start. */
  readonly onAccepted: () => Promise<void>;
  readonly onAttempt: (attempt: {
    outcome: AttemptOutcome;
    attempts: number;
    durationMs: number;
  }) => void;
  /** It is not asked any more until the consumer resumes. */
  readonly onPaused: (reason: string) => void;
  readonly onFailure: (error: unknown) => void;
};

/** Asks an endpoint, by a signed event, whether it wants a subscription's events: 2xx says yes. */
export class EndpointValidation implements AsyncDisposable {
  readonly #ports: ValidationPorts;
  readonly #stop = new AbortController();
  #running: Promise<void>;
  #pausedBecause: string | undefined;

  constructor(ports: ValidationPorts) {
    this.#ports = ports;
    this.#running = this.#run();
  }

  /** Why the endpoint is not asked any more, if so. */
  get pausedBecause(): string | undefined {
    return this.#pausedBecause;
  }

  /** Asks the endpoint again. */
  async resume(): Promise<void> {
    if (this.#pausedBecause === undefined) return;
    this.#pausedBecause = undefined;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { now, random, retryPolicy, sleep } = this.#ports;
    const since = now();
    for (let attempts = 0; !this.#stop.signal.aborted; attempts += 1) {
      const startedAt = now();
      const outcome = await this.#attempt();
      this.#ports.onAttempt({ outcome, attempts, durationMs: now() - startedAt });
      const failing = { attempts, forMs: now() - since, random: random() };
      const step = nextStep(outcome, failing, retryPolicy);
      if (step.kind === "pause") {
        this.#pausedBecause = step.reason;
        this.#ports.onPaused(step.reason);
      }
      if (step.kind !== "retry") return;
      await sleep(step.delayMs, this.#stop.signal);
    }
  }

  /** A yes counts when it is kept: until then the endpoint is asked again. */
  async #attempt(): Promise<AttemptOutcome> {
    try {
      const outcome = await this.#ask();
      if (outcome.kind === "accepted") await this.#ports.onAccepted();
      return outcome;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#ports.onFailure(error);
      return { kind: "failed", reason: "the answer could not be asked for or kept" };
    }
  }

  async #ask(): Promise<AttemptOutcome> {
    const endpoint = this.#ports.endpoint();
    if (endpoint === undefined) return { kind: "gone" };
    return this.#ports.post(
      webhookRequest(this.#ports.event(), endpoint, this.#ports.now()),
      this.#stop.signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
