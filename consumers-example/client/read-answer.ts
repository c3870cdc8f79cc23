import type { Answer, CallFailure } from "./call-outcome.ts";

/** Largest answer that is read: a page of 1,000 events takes about 0.7 MB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** JSON in any of its guises: plain, problems, CloudEvents, FHIR. */
const JSON_MEDIA_TYPE = /^application\/([a-z.-]+\+)?json\s*(;|$)/i;

/** Reads a response's status and JSON body, no further than the limit. */
export async function readAnswer(response: Response, now: number): Promise<Answer | CallFailure> {
  const bytes = await readLimited(response);
  if (bytes === undefined) return { kind: "unavailable", reason: "the answer is too large" };
  const retryAfterMs = retryAfterOf(response.headers.get("retry-after"), now);
  return {
    kind: "answered",
    status: response.status,
    body: parse(bytes, response.headers.get("content-type") ?? ""),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

async function readLimited(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return undefined; // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer, contentType: string): unknown {
  if (!JSON_MEDIA_TYPE.test(contentType)) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterOf(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
