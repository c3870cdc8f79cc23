import { backoffMs } from "../client/backoff.ts";
import type { pause } from "../client/backoff.ts";
import type { CallFailure, CallOutcome } from "../client/call-outcome.ts";
import type { TenantParts } from "./tenant-parts.ts";
import { ensureRoster } from "./ensure-roster.ts";
import { ensureSubscription, wantedSubscription } from "./ensure-subscription.ts";

export type TenantLinkOptions = {
  readonly parts: TenantParts;
  readonly onFailure: (failure: CallFailure) => void;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly pause: typeof pause;
};

/** Sets the EHR up at one tenant: where its sources are, the subscription, the patient list. */
export class TenantLink {
  readonly #options: TenantLinkOptions;
  readonly #parts: TenantParts;
  #ready = false;

  constructor(options: TenantLinkOptions) {
    this.#options = options;
    this.#parts = options.parts;
  }

  /** Whether subscription and list are there as the settings say. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The subscription from before a restart, when it is still the one that the settings ask for. */
  known(): string | undefined {
    const { tenants, settings } = this.#parts;
    const stored = tenants.subscription(settings.controller);
    return stored?.request === JSON.stringify(wantedSubscription(this.#parts))
      ? stored.id
      : undefined;
  }

  /** Tries until all is set up, or the signal is aborted; answers with the subscription's id. */
  async establish(signal: AbortSignal): Promise<string | undefined> {
    const subscription = await this.#until(signal, () => this.#setUp());
    if (subscription === undefined) return undefined;
    this.#ready = (await this.#until(signal, () => this.#active(subscription))) !== undefined;
    return subscription;
  }

  async #until<T>(
    signal: AbortSignal,
    attempt: () => Promise<CallOutcome<T>>,
  ): Promise<T | undefined> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      const outcome = await attempt();
      if (outcome.kind === "ok") return outcome.value;
      this.#options.onFailure(outcome);
      const asked = outcome.kind === "unavailable" ? outcome.retryAfterMs : undefined;
      await this.#options.pause(backoffMs(failures, this.#options.random(), asked), signal);
    }
    return undefined;
  }

  async #setUp(): Promise<CallOutcome<string>> {
    const { api, tenants, settings } = this.#parts;
    const info = await api.info();
    if (info.kind !== "ok") return info;
    tenants.saveInfo(settings.controller, info.value);
    const subscription = await ensureSubscription(this.#parts);
    if (subscription.kind !== "ok") return subscription;
    const roster = await ensureRoster(this.#parts, subscription.value);
    return roster.kind === "ok" ? subscription : roster;
  }

  /** A webhook's subscription tells nothing before the service has had our answer to its question. */
  async #active(subscription: string): Promise<CallOutcome<string>> {
    const found = await this.#parts.api.subscription(subscription);
    if (found.kind !== "ok") return found;
    const { state } = found.value;
    return state === "active"
      ? { kind: "ok", value: state }
      : { kind: "unavailable", reason: `the subscription is ${state}` };
  }
}
