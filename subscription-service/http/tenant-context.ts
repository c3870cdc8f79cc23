import type { TopicName } from "#schemas/event-types";
import type { SourceEvent } from "#schemas/source-event";
import type { TenantKeys } from "#schemas/tenant-keys";
import type { PolicyIndex } from "#decision/policy-index";
import type { HandOut } from "../domain/hand-out.ts";
import type { StoredNotification } from "../domain/stored-notification.ts";

/** A source system's sharing API: where consumers look up a topic's resources. */
export type SharingApi = {
  readonly topic: TopicName;
  readonly url: string;
  readonly audience: string;
};

type Write = { readonly subject: string; readonly value: unknown; readonly expectLast?: number };

/** What the API needs of a tenant. */
export type TenantContext = {
  readonly controller: string;
  readonly name: string;
  readonly sharing: readonly SharingApi[];
  readonly keys: TenantKeys;
  readonly policy: PolicyIndex;
  readonly policyLog: { update(compute: () => readonly Write[]): Promise<{ revision: number }> };
  readonly patients: { resolve(identityNumbers: readonly string[]): Promise<string[]> };
  readonly events: {
    publish(event: SourceEvent): Promise<{ readonly kind: "published" | "duplicate" }>;
  };
  readonly feed: Feed;
  readonly webhooks: {
    pausedBecause(subscription: string): string | undefined;
    resume(subscription: string): Promise<void>;
  };
};

/** What the pull feed reads. */
export type Feed = {
  /** Changes when the log is made anew: cursors from before then mean nothing. */
  readonly epoch: string;
  read(
    subscription: string,
    after: number,
    limit: number,
  ): Promise<{ sequence: number; stored: StoredNotification }[]>;
  handOut(subscription: string, stored: StoredNotification): HandOut;
  /** False when the tenant has stopped: what is not told then is not known to be nothing. */
  isCurrent(): boolean;
  lastNumber(subscription: string): number;
  version(subscription: string): number;
  waitForNext(
    subscription: string,
    version: number,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<void>;
};

/** The tenants of this process, by controller. */
export type Tenants = ReadonlyMap<string, TenantContext>;
