import { openDatabase } from "./open-database.ts";

/** Retries are over long before: after five days a sender pauses the subscription. */
const REMEMBERED_MS = 14 * 24 * 60 * 60 * 1000;

/** The attempts that have been dealt with, by their `webhook-id`. */
export type WebhookMemory = AsyncDisposable & {
  has(tenant: string, webhookId: string): boolean;
  add(tenant: string, webhookId: string): void;
};

/** A memory in a file. An entry lost with the power makes one event come twice. */
export function openWebhookMemory(path: string, now: () => number = Date.now): WebhookMemory {
  const database = openDatabase(path, { durable: false });
  database.exec(`create table if not exists seen (
    tenant text not null, webhook_id text not null, at integer not null,
    primary key (tenant, webhook_id)) strict, without rowid`);
  database.exec("create index if not exists seen_at on seen (at)");
  const select = database.prepare("select 1 from seen where tenant = ? and webhook_id = ?");
  const insert = database.prepare("insert or ignore into seen values (?, ?, ?)");
  const prune = database.prepare("delete from seen where at < ?");
  return {
    has: (tenant, webhookId) => select.get(tenant, webhookId) !== undefined,
    add(tenant, webhookId) {
      const at = now();
      insert.run(tenant, webhookId, at);
      prune.run(at - REMEMBERED_MS);
    },
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}
