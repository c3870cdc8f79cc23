import type { HandedOut } from "#schemas/notification";
import { signWebhook } from "#schemas/webhook-signature";
import type { HandOut } from "../domain/hand-out.ts";
import type { StoredNotification } from "../domain/stored-notification.ts";
import { type AttemptOutcome, nextStep, type RetryPolicy } from "../domain/webhook-attempt.ts";
import type { WebhookRequest } from "./webhook-client.ts";

/** Read ahead; each is decided on again before it is sent. */
const READ_LIMIT = 64;

/** Looked for anyway this often, should a wake-up have been missed. */
const IDLE_MS = 30_000;

/** Before asking again when no decision could be made. */
const HOLD_MS = 500;

export type Endpoint = { readonly url: string; readonly secret: string };

type Placed = { readonly sequence: number; readonly stored: StoredNotification };

export type CourierPorts = {
  readonly read: (after: number, limit: number) => Promise<Placed[]>;
  readonly loadProgress: () => Promise<{ sequence: number; paused?: string }>;
  readonly keepProgress: (progress: { sequence: number; paused?: string }) => Promise<void>;
  readonly handOut: (stored: StoredNotification) => HandOut;
  readonly endpoint: () => Endpoint | undefined;
  readonly post: (request: WebhookRequest, signal: AbortSignal) => Promise<AttemptOutcome>;
  readonly version: () => number;
  readonly wake: () => void;
  readonly waitForNext: (version: number, timeoutMs: number, signal: AbortSignal) => Promise<void>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly random: () => number;
  readonly retryPolicy: RetryPolicy;
  readonly onAttempt: (attempt: {
    outcome: AttemptOutcome;
    attempts: number;
    durationMs: number;
  }) => void;
  /** Nothing more is sent until the consumer resumes. */
  readonly onPaused: (reason: string) => void;
  readonly onFailure: (error: unknown) => void;
};

/** The request that carries an event: CloudEvents structured mode, signed for this attempt. */
export function webhookRequest(
  event: HandedOut,
  { url, secret }: Endpoint,
  now: number,
): WebhookRequest {
  const body = JSON.stringify(event);
  const signature = signWebhook(secret, {
    id: event.id,
    timestampSeconds: Math.floor(now / 1000),
    body,
  });
  return { url, body, headers: { "content-type": "application/cloudevents+json", ...signature } };
}

/** Brings one subscription's notifications to its endpoint: one at a time, in order, until taken. */
export class WebhookCourier implements AsyncDisposable {
  readonly #ports: CourierPorts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #pausedBecause: string | undefined;
  /** The attempt under way: connecting may take seconds, and policy may change meanwhile. */
  #sending: { stored: StoredNotification; event: HandedOut; callOff: AbortController } | undefined;

  constructor(ports: CourierPorts) {
    this.#ports = ports;
    this.#running = this.#run();
  }

  /** Why nothing is sent any more, if so. */
  get pausedBecause(): string | undefined {
    return this.#pausedBecause;
  }

  /** Goes on from where it was paused. */
  async resume(): Promise<void> {
    const { sequence } = await this.#ports.loadProgress();
    await this.#ports.keepProgress({ sequence });
    this.#pausedBecause = undefined;
    this.#ports.wake();
  }

  /**
   * Decides again on what is being sent, and cuts it off if it may not be sent any more. Called when
   * policy has changed: nothing decided by older policy is written to a socket after it.
   */
  reconsider(): void {
    if (this.#sending === undefined) return;
    const { stored, event, callOff } = this.#sending;
    const decided = this.#ports.handOut(stored);
    if (decided.kind === "hold" || decided.event.id !== event.id) callOff.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#carryOn();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#ports.onFailure(error);
        await this.#ports.sleep(HOLD_MS, this.#stop.signal);
      }
    }
  }

  async #carryOn(): Promise<void> {
    const version = this.#ports.version();
    const progress = await this.#ports.loadProgress();
    this.#pausedBecause = progress.paused;
    const waiting =
      progress.paused === undefined ? await this.#ports.read(progress.sequence, READ_LIMIT) : [];
    if (waiting.length === 0) return this.#ports.waitForNext(version, IDLE_MS, this.#stop.signal);
    for (const placed of waiting) {
      const paused = await this.#bring(placed.stored);
      if (this.#stop.signal.aborted) return;
      if (paused !== undefined) return this.#pause({ ...progress, paused });
      progress.sequence = placed.sequence;
      await this.#ports.keepProgress(progress);
    }
  }

  async #pause(progress: { sequence: number; paused: string }): Promise<void> {
    this.#ports.onPaused(progress.paused);
    await this.#ports.keepProgress(progress);
  }

  /** Tries until the endpoint has taken it; otherwise says why nothing more is sent. */
  async #bring(stored: StoredNotification): Promise<string | undefined> {
    const { signal } = this.#stop;
    const since = this.#ports.now();
    for (let attempts = 0; !signal.aborted; attempts += 1) {
      const outcome = await this.#attempt(stored, attempts);
      const forMs = this.#ports.now() - since;
      const step = nextStep(
        outcome,
        { attempts, forMs, random: this.#ports.random() },
        this.#ports.retryPolicy,
      );
      if (step.kind === "next-event") return undefined;
      if (step.kind === "pause") return step.reason;
      await this.#ports.sleep(step.delayMs, signal);
    }
    return undefined;
  }

  /** One attempt. The decision is made again each time, right before the request is written. */
  async #attempt(stored: StoredNotification, attempts: number): Promise<AttemptOutcome> {
    const endpoint = this.#ports.endpoint();
    if (endpoint === undefined) return { kind: "failed", reason: "no endpoint" };
    const decided = this.#ports.handOut(stored);
    if (decided.kind === "hold") return { kind: "failed", reason: "held" };
    const startedAt = this.#ports.now();
    const callOff = new AbortController();
    this.#sending = { stored, event: decided.event, callOff };
    const signal = AbortSignal.any([this.#stop.signal, callOff.signal]);
    const request = webhookRequest(decided.event, endpoint, startedAt);
    const answered = await this.#ports.post(request, signal);
    this.#sending = undefined;
    const isCutOff = callOff.signal.aborted && answered.kind !== "accepted";
    const outcome: AttemptOutcome = isCutOff ? { kind: "called-off" } : answered;
    this.#ports.onAttempt({ outcome, attempts, durationMs: this.#ports.now() - startedAt });
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
