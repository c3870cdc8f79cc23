import type { NatsConnection } from "@nats-io/transport-node";
import { followLog, type LogFollower } from "#broker/log/follow-log";
import { validateFanOutRecord } from "../domain/fan-out-record.ts";
import { RECORD_SUBJECT } from "./record-log.ts";
import { OUT } from "./tenant-streams.ts";

/** Tells those who wait for a subscription's next notification; one tail on the records for all. */
export class Arrivals implements AsyncDisposable {
  readonly #versions = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();
  #follower: LogFollower | undefined;

  static async follow(
    connection: NatsConnection,
    onFailure: (error: unknown) => void,
  ): Promise<Arrivals> {
    const arrivals = new Arrivals();
    arrivals.#follower = await followLog({
      connection,
      stream: OUT,
      subjects: RECORD_SUBJECT,
      from: "now",
      onMessage: ({ data }) => arrivals.#announce(data),
      onFailure,
    });
    return arrivals;
  }

  #announce(data: Uint8Array): void {
    const judged = validateFanOutRecord(JSON.parse(new TextDecoder().decode(data)));
    if (!judged.valid) throw new Error("A fan-out record is unreadable");
    for (const subscription of Object.keys(judged.value.numbers)) this.wake(subscription);
  }

  /** Wakes whoever waits for a subscription, for other reasons than an arrival. */
  wake(subscription: string): void {
    this.#versions.set(subscription, this.version(subscription) + 1);
    for (const settle of this.#waiting.get(subscription) ?? []) settle();
  }

  /** Changes with every arrival. Take it before reading, wait for the next one after. */
  version(subscription: string): number {
    return this.#versions.get(subscription) ?? 0;
  }

  /** Waits until something has arrived since the version was taken, or the time is up. */
  async since(
    subscription: string,
    version: number,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void> {
    if (this.version(subscription) !== version || signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(subscription) ?? new Set<() => void>();
    this.#waiting.set(subscription, waiting.add(resolve));
    const timer = setTimeout(resolve, timeoutMs);
    const calledOff = (): void => resolve();
    signal?.addEventListener("abort", calledOff);
    await promise;
    clearTimeout(timer);
    signal?.removeEventListener("abort", calledOff);
    waiting.delete(resolve);
    if (waiting.size === 0) this.#waiting.delete(subscription);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower?.[Symbol.asyncDispose]();
  }
}
