import type { ProblemBody } from "#schemas/problem";
import type { Validation } from "#schemas/strict-ajv";

/** Why a call of another organisation's service gave nothing. */
export type CallFailure =
  /** The service, or HelseID on its behalf, says no; the same call will fail again. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  /** No usable answer this time: the network, the service or HelseID is away. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterMs?: number };

export type CallOutcome<T> = { readonly kind: "ok"; readonly value: T } | CallFailure;

/** An answer that arrived whole, whatever it says. */
export type Answer = {
  readonly kind: "answered";
  readonly status: number;
  /** The decoded JSON, or undefined when there is none. */
  readonly body: unknown;
  readonly retryAfterMs?: number;
};

/** Statuses that pass by themselves (RFC 9110, RFC 6585). */
const PASSING = new Set([408, 425, 429]);

/** Reads an answer as success with a value that is what it should be, or as a failure. */
export function outcomeOf<T>(
  answer: Answer | CallFailure,
  judge: (body: unknown) => Validation<T>,
): CallOutcome<T> {
  if (answer.kind !== "answered") return answer;
  if (answer.status < 200 || answer.status >= 300) return failureOf(answer);
  const judged = judge(answer.body);
  if (judged.valid) return { kind: "ok", value: judged.value };
  const faults = judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  return { kind: "unavailable", reason: `unreadable answer: ${faults.join("; ")}` };
}

/** What a status outside 2xx means. */
export function failureOf(answer: Answer): CallFailure {
  const { status, retryAfterMs } = answer;
  const reason = reasonOf(answer);
  if (status >= 500 || status < 400 || PASSING.has(status)) {
    return { kind: "unavailable", reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  return { kind: "refused", status, reason };
}

/** The problem's type and detail (RFC 9457); by contract they say nothing about a patient. */
function reasonOf({ status, body }: Answer): string {
  if (!isProblem(body)) return `status ${status}`;
  const type = body.type?.split("/").at(-1) ?? "problem";
  return body.detail === undefined ? `${status} ${type}` : `${status} ${type}: ${body.detail}`;
}

function isProblem(body: unknown): body is Partial<Pick<ProblemBody, "type" | "detail">> {
  if (typeof body !== "object" || body === null) return false;
  const type: unknown = Reflect.get(body, "type");
  const detail: unknown = Reflect.get(body, "detail");
  return typeof type === "string" && (detail === undefined || typeof detail === "string");
}

/** Whether the service knows no such thing (any more). */
export function isGone(outcome: CallOutcome<unknown>): boolean {
  return outcome.kind === "refused" && (outcome.status === 404 || outcome.status === 410);
}
