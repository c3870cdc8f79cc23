import type { Logger } from "pino";
import type { EventReader } from "../client/event-reader.ts";
import type { FeedTrouble } from "../client/feed-puller.ts";
import { TenantLink, type TenantLinkOptions } from "./tenant-link.ts";
import type { TenantParts } from "./tenant-parts.ts";
import type { TenantStatus } from "./tenant-status.ts";

export type TenantConnectionOptions = Omit<TenantLinkOptions, "onFailure"> & {
  readonly reader: EventReader;
  readonly log: Logger;
};

/** The EHR's dealings with one tenant: set up at start, then read or listened to. */
export class TenantConnection {
  readonly #parts: TenantParts;
  readonly #link: TenantLink;
  readonly #reader: EventReader;
  readonly #log: Logger;
  #trouble: string | undefined;
  #missed = 0;

  constructor({ reader, log, ...options }: TenantConnectionOptions) {
    this.#parts = options.parts;
    this.#reader = reader;
    this.#log = log.child({ tenant: options.parts.settings.controller });
    this.#link = new TenantLink({ ...options, onFailure: ({ reason }) => this.#fail(reason) });
  }

  get controller(): string {
    return this.#parts.settings.controller;
  }

  /** Goes on with a known subscription at once, and meanwhile sees that all is as it should be. */
  async run(signal: AbortSignal): Promise<void> {
    const known = this.#link.known();
    if (known !== undefined) this.#read(known);
    const subscription = await this.#link.establish(signal);
    if (subscription === undefined) return;
    this.#trouble = undefined;
    this.#log.info("subscription and patient list are in place");
    if (subscription !== known) this.#read(subscription);
  }

  hear(trouble: FeedTrouble): void {
    if (trouble.kind === "back") {
      this.#trouble = undefined;
      this.#log.info("the feed is back");
    } else if (trouble.kind === "restarted") {
      this.#log.warn({ reason: trouble.reason }, "the feed starts again");
    } else {
      this.#fail(trouble.reason);
    }
  }

  /** Numbers that never came: somebody must look into it. */
  miss({ from, to }: { from: number; to: number }): void {
    this.#missed += to - from + 1;
    this.#log.error({ from, to }, "numbers are missing in the subscription");
  }

  status(): TenantStatus {
    const { settings, tenants } = this.#parts;
    return {
      controller: this.controller,
      name: tenants.info(this.controller)?.name,
      delivery: settings.delivery,
      subscription: tenants.subscription(this.controller)?.id,
      ready: this.#link.ready,
      trouble: this.#trouble,
      message: tenants.message(this.controller),
      missed: this.#missed,
    };
  }

  #read(subscription: string): void {
    const { api, settings } = this.#parts;
    if (settings.delivery !== "feed") return;
    this.#reader.add(api.feed(subscription));
  }

  /** The same trouble again is no news. */
  #fail(reason: string): void {
    if (this.#trouble !== reason) this.#log.warn({ reason }, "the tenant cannot be used now");
    this.#trouble = reason;
  }
}
