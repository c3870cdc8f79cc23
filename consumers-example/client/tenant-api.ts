import { isGone, outcomeOf, type CallOutcome } from "./call-outcome.ts";
import type { Feed, PageRequest } from "./feed.ts";
import type { SignedFetch } from "./signed-fetch.ts";
import * as answers from "./tenant-answers.ts";

/** The subscription service's own audience and the consumer's scope there. */
export const SUBSCRIBE_SCOPE = "hendelsesstrom:events/subscribe";

/** Beyond the wait that was asked for: connecting, deciding, and a page's way through the net. */
const ANSWER_MARGIN_MS = 10_000;

/** A snapshot of a list of thousands is decided and stored as one. */
const SNAPSHOT_TIMEOUT_MS = 60_000;

export type Tenant = {
  /** Base address of the service; below it lies `/tenants/<controller>`. */
  readonly serviceUrl: string;
  /** The controller's organisation number. */
  readonly controller: string;
};

export type Delivery = { readonly way: "feed" } | { readonly way: "webhook"; readonly url: string };

export type SubscriptionRequest = {
  readonly topics: readonly string[];
  readonly kinds?: readonly string[];
  readonly delivery: Delivery;
};

/** From an included time to an excluded one (RFC 3339); without an end it lasts. */
export type Validity = { readonly from: string; readonly to?: string };

export type Basis = {
  readonly class: "source-recorded" | "register" | "asserted";
  readonly validity: Validity;
  readonly reference: string;
};

/** The calls that a consumer makes of the service at one tenant. */
export class TenantApi {
  readonly #fetch: SignedFetch;
  readonly #base: string;
  readonly controller: string;

  constructor(fetch: SignedFetch, { serviceUrl, controller }: Tenant) {
    this.#fetch = fetch;
    this.#base = `${serviceUrl.replace(/\/+$/, "")}/tenants/${encodeURIComponent(controller)}`;
    this.controller = controller;
  }

  /** Who the controller is, and where its sources' sharing APIs are. */
  async info(): Promise<CallOutcome<answers.TenantInfo>> {
    return outcomeOf(await this.#fetch(this.#get("")), answers.judgeTenantInfo);
  }

  async subscribe(body: SubscriptionRequest): Promise<CallOutcome<answers.Subscription>> {
    const url = this.#url("/subscriptions");
    return outcomeOf(await this.#fetch({ method: "POST", url, body }), answers.judgeSubscription);
  }

  async subscription(id: string): Promise<CallOutcome<answers.Subscription>> {
    return outcomeOf(await this.#fetch(this.#get(of(id))), answers.judgeSubscription);
  }

  async subscriptions(): Promise<CallOutcome<readonly answers.Subscription[]>> {
    const outcome = outcomeOf(
      await this.#fetch(this.#get("/subscriptions")),
      answers.judgeSubscriptions,
    );
    return outcome.kind === "ok" ? { kind: "ok", value: outcome.value.subscriptions } : outcome;
  }

  async endSubscription(id: string): Promise<CallOutcome<unknown>> {
    return this.#delete(of(id));
  }

  /** Adds a person, by identity number; answers with the person's handle, known or not. */
  async addPerson(subscription: string, patient: string): Promise<CallOutcome<string>> {
    const url = this.#url(`${of(subscription)}/roster`);
    const answer = await this.#fetch({ method: "POST", url, body: { patient } });
    const outcome = outcomeOf(answer, answers.judgeHandle);
    return outcome.kind === "ok" ? { kind: "ok", value: outcome.value.handle } : outcome;
  }

  async removePerson(subscription: string, handle: string): Promise<CallOutcome<unknown>> {
    return this.#delete(`${of(subscription)}/roster/${encodeURIComponent(handle)}`);
  }

  /** Replaces the roster by a list of persons; their handles come back in the same order. */
  async putRoster(
    subscription: string,
    patients: readonly string[],
    basis?: Basis,
  ): Promise<CallOutcome<readonly string[]>> {
    const answer = await this.#fetch({
      method: "PUT",
      url: this.#url(`${of(subscription)}/roster`),
      body: { patients, ...(basis !== undefined && { basis }) },
      timeoutMs: SNAPSHOT_TIMEOUT_MS,
    });
    const outcome = outcomeOf(answer, answers.judgeHandles);
    if (outcome.kind !== "ok") return outcome;
    const { handles } = outcome.value;
    return handles.length === patients.length
      ? { kind: "ok", value: handles }
      : { kind: "unavailable", reason: "unreadable answer: not one handle for each person" };
  }

  /** Claims a care relationship of the consumer's own with a patient. */
  async putCareRelationship(
    id: string,
    relationship: Basis & { readonly consumer: string; readonly patient: string },
  ): Promise<CallOutcome<unknown>> {
    const url = this.#url(`/care-relationships/${encodeURIComponent(id)}`);
    const answer = await this.#fetch({ method: "PUT", url, body: relationship });
    return outcomeOf(answer, answers.judgeAnything);
  }

  /** The next events after a cursor, or from the start. */
  async events(
    subscription: string,
    after: string | undefined,
    { limit, waitSeconds, signal }: PageRequest,
  ): Promise<CallOutcome<answers.FeedPage>> {
    const url = this.#url(`${of(subscription)}/events`);
    url.searchParams.set("limit", String(limit));
    url.searchParams.set("wait", String(waitSeconds));
    if (after !== undefined) url.searchParams.set("after", after);
    const answer = await this.#fetch({
      method: "GET",
      url,
      timeoutMs: waitSeconds * 1000 + ANSWER_MARGIN_MS,
      ...(signal !== undefined && { signal }),
    });
    return outcomeOf(answer, answers.judgeFeedPage);
  }

  /** A subscription as an event reader takes it. */
  feed(subscription: string): Feed {
    const { controller: tenant } = this;
    return {
      tenant,
      subscription,
      read: (after, request) => this.events(subscription, after, request),
    };
  }

  #url(path: string): URL {
    return new URL(this.#base + path);
  }

  #get(path: string): { readonly method: "GET"; readonly url: URL } {
    return { method: "GET", url: this.#url(path) };
  }

  /** What is gone already is as it was to be. */
  async #delete(path: string): Promise<CallOutcome<unknown>> {
    const outcome = outcomeOf(
      await this.#fetch({ method: "DELETE", url: this.#url(path) }),
      answers.judgeAnything,
    );
    return isGone(outcome) ? { kind: "ok", value: undefined } : outcome;
  }
}

function of(subscription: string): string {
  return `/subscriptions/${encodeURIComponent(subscription)}`;
}
