import * as fc from "fast-check";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { newWebhookSecret, signWebhook, verifyWebhook } from "#schemas/webhook-signature";

const SECRET = newWebhookSecret();
const NOW = Math.floor(Date.now() / 1000);
const attempt = { id: "abcdefgh", timestampSeconds: NOW, body: '{"specversion":"1.0"}' };
const received = { headers: signWebhook(SECRET, attempt), body: attempt.body };
const noMatch = { kind: "refused", reason: "no signature matches" };

test("a secret holds 32 random bytes and is another each time", () => {
  expect(SECRET).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newWebhookSecret()).not.toBe(SECRET);
});

describe("with Standard Webhooks' own library as the other side", () => {
  const id = fc.stringMatching(/^[a-p]{1,32}$/);
  const body = fc.json();

  test("it takes what we sign", () => {
    fc.assert(
      fc.property(id, body, (eachId, text) => {
        const headers = signWebhook(SECRET, { id: eachId, timestampSeconds: NOW, body: text });
        expect(new Webhook(SECRET).verify(text, headers)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("we take what it signs", () => {
    fc.assert(
      fc.property(id, body, (eachId, text) => {
        const headers = {
          "webhook-id": eachId,
          "webhook-timestamp": String(NOW),
          "webhook-signature": new Webhook(SECRET).sign(eachId, new Date(NOW * 1000), text),
        };
        expect(verifyWebhook(SECRET, { headers, body: text }, NOW)).toEqual({ kind: "genuine" });
      }),
    );
  });

  test("it refuses another secret's, as we do", () => {
    expect(() => new Webhook(newWebhookSecret()).verify(received.body, received.headers)).toThrow(
      WebhookVerificationError,
    );
    expect(verifyWebhook(newWebhookSecret(), received, NOW)).toEqual(noMatch);
  });
});

describe("tampering", () => {
  test("with any character of the body is found", () => {
    fc.assert(
      fc.property(fc.nat({ max: attempt.body.length }), fc.string({ minLength: 1 }), (at, text) => {
        const body = attempt.body.slice(0, at) + text + attempt.body.slice(at);
        expect(verifyWebhook(SECRET, { ...received, body }, NOW)).toEqual(noMatch);
      }),
    );
  });

  test.each([
    ["webhook-id", "abcdefgi"],
    ["webhook-id", ""],
    ["webhook-timestamp", String(NOW - 1)],
    ["webhook-signature", ""],
    ["webhook-signature", "v1,"],
    ["webhook-signature", "v1"],
    ["webhook-signature", "v1,AAAA"],
    ["webhook-signature", (received.headers["webhook-signature"] ?? "").replace("v1,", "v2,")],
    ["webhook-signature", (received.headers["webhook-signature"] ?? "").replace("v1,", "v1a,")],
    ["webhook-signature", (received.headers["webhook-signature"] ?? "").slice(3)],
  ])("with %s (%j) is found", (name, value) => {
    const headers = { ...received.headers, [name]: value };
    expect(verifyWebhook(SECRET, { ...received, headers }, NOW)).toEqual(noMatch);
  });

  test.each(["webhook-id", "webhook-timestamp"])("without %s it is refused", (name) => {
    const headers = { ...received.headers, [name]: undefined };
    expect(verifyWebhook(SECRET, { ...received, headers }, NOW)).toEqual({
      kind: "refused",
      reason: "signature headers are missing",
    });
  });

  test("a dot moved between id, time and body is found", () => {
    const moved = { ...received.headers, "webhook-id": `${attempt.id}.${NOW}` };
    expect(verifyWebhook(SECRET, { headers: moved, body: attempt.body }, NOW)).toEqual(noMatch);
  });
});

test.each([0, 1, -1, 300, -300])("an attempt that is %i seconds off is taken", (off) => {
  expect(verifyWebhook(SECRET, received, NOW + off)).toEqual({ kind: "genuine" });
});

test.each([301, -301, 86_400])("an attempt that is %i seconds off is refused", (off) => {
  expect(verifyWebhook(SECRET, received, NOW + off)).toEqual({
    kind: "refused",
    reason: "timestamp is outside the tolerance",
  });
});

test.each(["", "x", "-1", "1e9", "1.5", " 1", "0x10", "9".repeat(13)])(
  "%j is no timestamp",
  (timestamp) => {
    const headers = { ...received.headers, "webhook-timestamp": timestamp };
    expect(verifyWebhook(SECRET, { ...received, headers }, NOW)).toEqual({
      kind: "refused",
      reason: "signature headers are missing",
    });
  },
);

test("while a secret is changed, one right signature of several is enough", () => {
  const newer = signWebhook(newWebhookSecret(), attempt)["webhook-signature"];
  const own = received.headers["webhook-signature"];
  for (const list of [`${newer} ${own}`, `${own} ${newer}`, `v1a,AAAA v2,BBBB ${own}`]) {
    const headers = { ...received.headers, "webhook-signature": list };
    expect(verifyWebhook(SECRET, { ...received, headers }, NOW)).toEqual({ kind: "genuine" });
    expect(() => new Webhook(SECRET).verify(received.body, headers)).not.toThrow();
  }
  const headers = { ...received.headers, "webhook-signature": `${newer} ${newer}` };
  expect(verifyWebhook(SECRET, { ...received, headers }, NOW)).toEqual(noMatch);
});
