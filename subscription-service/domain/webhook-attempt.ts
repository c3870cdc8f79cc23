/** What came of one attempt to hand an event to a webhook. */
export type AttemptOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: "gone" }
  /** Cut off by ourselves, because what was being sent may not be sent any more. */
  | { readonly kind: "called-off" };

/** What to do after an attempt. */
export type NextStep =
  | { readonly kind: "next-event" }
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "pause"; readonly reason: string };

export type RetryPolicy = {
  readonly firstDelayMs: number;
  readonly factor: number;
  /** No longer wait than this between two attempts. */
  readonly longestDelayMs: number;
  /** A receiver that has been failing for this long is paused, and the consumer is to resume it. */
  readonly giveUpAfterMs: number;
};

/** Patient enough for a night's outage, quick enough for a restart. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  firstDelayMs: 1000,
  factor: 3,
  longestDelayMs: 15 * 60_000,
  giveUpAfterMs: 5 * 24 * 60 * 60_000,
};

export type Failing = {
  readonly attempts: number;
  readonly forMs: number;
  readonly random: number;
};

/** The next step after an attempt: only a 2xx moves the cursor; 410 ends the attempts. */
export function nextStep(outcome: AttemptOutcome, failing: Failing, policy: RetryPolicy): NextStep {
  if (outcome.kind === "accepted") return { kind: "next-event" };
  if (outcome.kind === "called-off") return { kind: "retry", delayMs: 0 };
  if (outcome.kind === "gone") return { kind: "pause", reason: "the endpoint answered 410 Gone" };
  if (failing.forMs >= policy.giveUpAfterMs)
    return { kind: "pause", reason: "the endpoint has failed for too long" };
  const backoff = Math.min(
    policy.firstDelayMs * policy.factor ** failing.attempts,
    policy.longestDelayMs,
  );
  const jittered = backoff / 2 + (failing.random * backoff) / 2;
  const asked = Math.min(outcome.retryAfterMs ?? 0, policy.longestDelayMs);
  return { kind: "retry", delayMs: Math.max(jittered, asked) };
}

/** Reads an answer's status. Redirects are not followed; they count as failures. */
export function outcomeOfStatus(
  status: number,
  retryAfter: string | undefined,
  now: number,
): AttemptOutcome {
  if (status >= 200 && status < 300) return { kind: "accepted" };
  if (status === 410) return { kind: "gone" };
  const retryAfterMs = retryAfterOf(retryAfter, now);
  return {
    kind: "failed",
    reason: `status ${status}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfterOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Without this, texts such as "-5" would be read as years.
  const date = text.endsWith(" GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
