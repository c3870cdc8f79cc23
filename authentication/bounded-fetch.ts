import type { FetchImplementation } from "jose";

/** Largest metadata or key set that is read: HelseID's are some 10 KB. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** How long no new attempt is made after a failed one, in milliseconds: tokens with unknown keys
 * must not become requests to an issuer that is down. */
const PAUSE_AFTER_FAILURE_MS = 2_000;

export type BoundedFetchOptions = {
  readonly fetch: FetchImplementation;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** Fetches, but no more than a bounded answer, and nothing for a while after a failure. */
export function boundedFetch({ fetch, now }: BoundedFetchOptions): FetchImplementation {
  let pausedUntil = 0;
  return async (url, init) => {
    if (now() < pausedUntil) throw new Error("the issuer did not answer a moment ago");
    try {
      return await boundedAnswer(await fetch(url, init));
    } catch (error) {
      pausedUntil = now() + PAUSE_AFTER_FAILURE_MS;
      throw error;
    }
  };
}

async function boundedAnswer(answer: Response): Promise<Response> {
  if (answer.status !== 200) throw new Error(`the issuer answered ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("the issuer's answer is too large");
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: answer.status });
}
