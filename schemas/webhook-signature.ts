import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Standard Webhooks 1.0.0: how far a receiver lets the attempt's clock be off. */
const TIMESTAMP_TOLERANCE_SECONDS = 300;

const SECRET_PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** One attempt to hand out: the id stays the same over retries, the timestamp is the attempt's. */
export type SignedAttempt = {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
};

/** A new secret for one subscription, in the form of Standard Webhooks. */
export function newWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

function mac(secret: string, { id, timestampSeconds, body }: SignedAttempt): Buffer {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
  return createHmac("sha256", key).update(`${id}.${timestampSeconds}.${body}`).digest();
}

/** The three headers that a signed attempt carries (Standard Webhooks, scheme v1). */
export function signWebhook(secret: string, attempt: SignedAttempt): Record<string, string> {
  return {
    "webhook-id": attempt.id,
    "webhook-timestamp": String(attempt.timestampSeconds),
    "webhook-signature": `v1,${mac(secret, attempt).toString("base64")}`,
  };
}

export type SignatureVerdict =
  | { readonly kind: "genuine" }
  | { readonly kind: "refused"; readonly reason: string };

/** Judges an attempt as its receiver. Any one valid signature in the list suffices (key rotation). */
export function verifyWebhook(
  secret: string,
  received: { headers: Record<string, string | undefined>; body: string },
  nowSeconds: number,
): SignatureVerdict {
  const { headers, body } = received;
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (id === undefined || !/^\d{1,12}$/.test(timestamp))
    return { kind: "refused", reason: "signature headers are missing" };
  const timestampSeconds = Number(timestamp);
  if (Math.abs(nowSeconds - timestampSeconds) > TIMESTAMP_TOLERANCE_SECONDS) {
    return { kind: "refused", reason: "timestamp is outside the tolerance" };
  }
  const expected = mac(secret, { id, timestampSeconds, body });
  const genuine = (headers["webhook-signature"] ?? "")
    .split(" ")
    .some((entry) => matches(entry, expected));
  return genuine ? { kind: "genuine" } : { kind: "refused", reason: "no signature matches" };
}

function matches(entry: string, expected: Buffer): boolean {
  const [version, signature] = entry.split(",", 2);
  const given = Buffer.from(signature ?? "", "base64");
  return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
}
