import type { JetStreamManager } from "@nats-io/jetstream";
import { notificationSubject } from "#schemas/subject";
import {
  type StoredNotification,
  validateStoredNotification,
} from "../domain/stored-notification.ts";
import { readSubject } from "./stored-message.ts";
import { OUT } from "./tenant-streams.ts";

/** A notification with its place in the log. */
export type PlacedNotification = { readonly sequence: number; readonly stored: StoredNotification };

/** The notifications of the tenant's subscriptions, read by literal subject. */
export class NotificationLog {
  readonly #manager: JetStreamManager;

  constructor(manager: JetStreamManager) {
    this.#manager = manager;
  }

  /** Up to `limit` notifications of a subscription that lie after a sequence. */
  async read(subscription: string, after: number, limit: number): Promise<PlacedNotification[]> {
    const messages = await readSubject(this.#manager, OUT, {
      next_by_subj: notificationSubject(subscription),
      seq: after + 1,
      batch: limit,
    });
    return messages.map((message) => {
      const judged = validateStoredNotification(message.json());
      if (!judged.valid) throw new Error(`Notification ${message.seq} is unreadable`);
      return { sequence: message.seq, stored: judged.value };
    });
  }
}
