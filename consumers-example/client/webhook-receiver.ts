import { toCloudEvent } from "#schemas/cloud-event";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { verifyWebhook } from "#schemas/webhook-signature";
import type { CursorStore, FeedName } from "./cursor-store.ts";
import type { Received, Unreadable } from "./event-reader.ts";
import { EMPTY_SERIES, type Stretch } from "./number-series.ts";
import { takeIn, type Intake } from "./take-in.ts";
import type { WebhookMemory } from "./webhook-memory.ts";

/** Where a tenant's events are awaited: the subscription, and every secret that still counts. */
export type WebhookEndpoint = FeedName & { readonly secrets: readonly string[] };

export type WebhookReceiverOptions = {
  /** `pending` while the subscription is being made; undefined for a tenant that is none of ours. */
  readonly endpointOf: (tenant: string) => WebhookEndpoint | "pending" | undefined;
  readonly cursors: CursorStore;
  readonly memory: WebhookMemory;
  /** Must have stored the event when it returns; throws when it could not. */
  readonly handle: (received: Received) => Promise<void> | void;
  readonly onUnreadable: (unreadable: Unreadable) => Promise<void> | void;
  readonly onGap: (gap: FeedName & Stretch) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** One attempt, as it came over HTTP. */
export type WebhookAttempt = {
  readonly tenant: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

export type WebhookAnswer = { readonly status: number; readonly reason: string };

/** Standard Webhooks 1.0.0: an id holds no dot; ours is kept, so its length is bounded. */
const WEBHOOK_ID = /^[A-Za-z0-9_~-]{1,128}$/;

const MEDIA_TYPE = /^application\/cloudevents\+json\s*(;|$)/i;

/**
 * Receives webhooks: verifies the signature (Standard Webhooks), judges the event, and answers 2xx
 * only when it has been stored. An attempt that comes again is answered without being handled
 * again. What is signed but unreadable is kept and accepted, so that it does not stop the others.
 */
export class WebhookReceiver {
  readonly #options: WebhookReceiverOptions;
  readonly #now: () => number;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(options: WebhookReceiverOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Deals with one attempt. @throws what the handler threw; the attempt then failed */
  async receive(attempt: WebhookAttempt): Promise<WebhookAnswer> {
    const endpoint = this.#options.endpointOf(attempt.tenant);
    if (endpoint === undefined) return { status: 404, reason: "nothing is awaited here" };
    if (endpoint === "pending") return { status: 503, reason: "the subscription is being made" };
    if (!MEDIA_TYPE.test(attempt.headers["content-type"] ?? "")) {
      return { status: 415, reason: "an event is application/cloudevents+json" };
    }
    if (!this.#isGenuine(attempt, endpoint)) return { status: 401, reason: "no valid signature" };
    const id = attempt.headers["webhook-id"] ?? "";
    if (!WEBHOOK_ID.test(id)) return { status: 400, reason: "the webhook-id is malformed" };
    return this.#inTurn(attempt.tenant, () => this.#take(endpoint, id, attempt.body));
  }

  #isGenuine({ headers, body }: WebhookAttempt, { secrets }: WebhookEndpoint): boolean {
    const seconds = this.#now() / 1000;
    return secrets.some(
      (secret) => verifyWebhook(secret, { headers, body }, seconds).kind === "genuine",
    );
  }

  /** One after the other within a tenant, so that a repeated attempt meets the first one's memory. */
  async #inTurn(tenant: string, work: () => Promise<WebhookAnswer>): Promise<WebhookAnswer> {
    const previous = this.#queues.get(tenant) ?? Promise.resolve();
    const current = previous.then(work, work);
    this.#queues.set(tenant, current);
    return current;
  }

  async #take(endpoint: WebhookEndpoint, id: string, body: string): Promise<WebhookAnswer> {
    const { memory, cursors } = this.#options;
    const { tenant, subscription } = endpoint;
    if (memory.has(tenant, id)) return { status: 204, reason: "dealt with before" };
    const raw = parse(body);
    const { series } = cursors.load(endpoint) ?? { series: EMPTY_SERIES };
    const intake = takeIn(raw, endpoint, series);
    if (intake.kind === "unreadable" && isValidation(raw)) {
      return { status: 400, reason: "this is not the subscription that was asked for" };
    }
    await this.#handle({ tenant, subscription }, intake);
    cursors.save(endpoint, { cursor: undefined, series: intake.series });
    memory.add(tenant, id);
    return { status: 204, reason: "stored" };
  }

  async #handle({ tenant, subscription }: FeedName, intake: Intake): Promise<void> {
    if (intake.kind === "repeated") return;
    if (intake.gap !== undefined) this.#options.onGap({ tenant, subscription, ...intake.gap });
    if (intake.kind === "unreadable") {
      const { raw, faults } = intake;
      await this.#options.onUnreadable({ tenant, subscription, raw, faults });
    } else if (intake.event.type !== LIFECYCLE_TYPES.validation) {
      await this.#options.handle({ tenant, subscription, event: toCloudEvent(intake.event) });
    }
  }
}

/** What is not JSON is judged, and kept, as the text that it is. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function isValidation(raw: unknown): boolean {
  return (
    typeof raw === "object" &&
    raw !== null &&
    Reflect.get(raw, "type") === LIFECYCLE_TYPES.validation
  );
}
