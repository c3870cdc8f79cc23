import { Agent, type Dispatcher, request } from "undici";
import { type AttemptOutcome, outcomeOfStatus } from "../domain/webhook-attempt.ts";
import type { AddressRule } from "../domain/address-rule.ts";
import { ForbiddenAddress, guardedConnector } from "./address-filter.ts";

/** A receiver stores the event and answers; it does not work on it meanwhile. */
const ANSWER_TIMEOUT_MS = 15_000;

/** What an endpoint answers is not read; more than this is not even waited for. */
const MAX_ANSWER_BYTES = 64 * 1024;

export type WebhookRequest = {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Posts to endpoints that consumers named: no redirects, no forbidden addresses, no waiting for ever. */
export class WebhookClient implements AsyncDisposable {
  readonly #dispatcher: Dispatcher;
  readonly #now: () => number;

  constructor({ rule, now }: { rule: AddressRule; now: () => number }) {
    this.#now = now;
    this.#dispatcher = new Agent({
      connect: guardedConnector(rule),
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
      allowH2: false,
    });
  }

  async post({ url, body, headers }: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    try {
      const answer = await request(url, {
        method: "POST",
        body,
        headers,
        signal,
        dispatcher: this.#dispatcher,
      });
      await answer.body.dump();
      const retryAfter = answer.headers["retry-after"];
      return outcomeOfStatus(
        answer.statusCode,
        typeof retryAfter === "string" ? retryAfter : undefined,
        this.#now(),
      );
    } catch (error) {
      return { kind: "failed", reason: reasonOf(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }
}

/** A word for the log, without the endpoint's address. */
function reasonOf(error: unknown): string {
  if (error instanceof ForbiddenAddress) return "the endpoint's address is not allowed";
  return error instanceof Error && "code" in error
    ? String(error.code)
    : "the endpoint could not be reached";
}
