import type { IncomingMessage } from "node:http";

/** Bytes: room for a test token's claims with a long attestation. */
const MAX_BODY_BYTES = 64 * 1024;

/** The body as text, or nothing when it is larger than any honest one. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
