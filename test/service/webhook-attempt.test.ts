import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_RETRY_POLICY,
  nextStep,
  outcomeOfStatus,
  type RetryPolicy,
} from "#subscription-service/domain/webhook-attempt";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const HOUR_MS = 3_600_000;
const failed = { kind: "failed", reason: "status 500" } as const;
const policy: RetryPolicy = {
  firstDelayMs: 100,
  factor: 2,
  longestDelayMs: 1000,
  giveUpAfterMs: 10_000,
};

describe("an answer", () => {
  test.each([200, 201, 202, 204, 299])("%i is yes", (status) => {
    expect(outcomeOfStatus(status, undefined, NOW)).toEqual({ kind: "accepted" });
  });

  test("410 ends it", () => {
    expect(outcomeOfStatus(410, "5", NOW)).toEqual({ kind: "gone" });
  });

  test.each([100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 429, 500, 503])(
    "%i is a failure that is tried again",
    (status) => {
      expect(outcomeOfStatus(status, undefined, NOW)).toEqual({
        kind: "failed",
        reason: `status ${status}`,
      });
    },
  );

  test.each([
    ["0", 0],
    ["120", 120_000],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
  ])("may ask to be left alone: %s", (retryAfter, retryAfterMs) => {
    expect(outcomeOfStatus(503, retryAfter, NOW)).toMatchObject({ kind: "failed", retryAfterMs });
  });

  test.each(["", "soon", "-5", "1.5", "9".repeat(10), "22 Nov 2026", "5 apples", "soon GMT"])(
    "that asks nonsense (%j) is not heard",
    (retryAfter) => {
      expect(outcomeOfStatus(503, retryAfter, NOW)).toEqual({
        kind: "failed",
        reason: "status 503",
      });
    },
  );
});

describe("the next step", () => {
  test("after yes is the next event, however long it took", () => {
    const failing = { attempts: 1000, forMs: Number.MAX_SAFE_INTEGER, random: 0.5 };
    expect(nextStep({ kind: "accepted" }, failing, policy)).toEqual({ kind: "next-event" });
  });

  test("after 410 is to stop", () => {
    expect(nextStep({ kind: "gone" }, { attempts: 0, forMs: 0, random: 0 }, policy)).toEqual({
      kind: "pause",
      reason: "the endpoint answered 410 Gone",
    });
  });

  test("after an attempt that we cut off ourselves is the same again, at once and however long it took", () => {
    const failing = { attempts: 7, forMs: Number.MAX_SAFE_INTEGER, random: 1 };
    expect(nextStep({ kind: "called-off" }, failing, policy)).toEqual({
      kind: "retry",
      delayMs: 0,
    });
  });

  test("is to stop when it has failed for so long, and not before", () => {
    const failing = { attempts: 3, random: 0 };
    expect(nextStep(failed, { ...failing, forMs: 9999 }, policy).kind).toBe("retry");
    expect(nextStep(failed, { ...failing, forMs: 10_000 }, policy)).toEqual({
      kind: "pause",
      reason: "the endpoint has failed for too long",
    });
  });

  test.each([
    [0, 0, 50],
    [0, 1, 100],
    [1, 1, 200],
    [2, 0.5, 300],
    [3, 1, 800],
    [4, 1, 1000],
    [400, 1, 1000],
    [4000, 0, 500],
  ])("after %i failures and by the luck of %f is a try in %i ms", (attempts, random, delayMs) => {
    expect(nextStep(failed, { attempts, forMs: 0, random }, policy)).toEqual({
      kind: "retry",
      delayMs,
    });
  });

  test("is never sooner than asked, and never later than the longest delay", () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), random, fc.nat({ max: 10 ** 12 }), (attempts, luck, retryAfterMs) => {
        const step = nextStep(
          { ...failed, retryAfterMs },
          { attempts, forMs: 0, random: luck },
          policy,
        );
        if (step.kind !== "retry") throw new Error(step.kind);
        expect(step.delayMs).toBeGreaterThanOrEqual(Math.min(retryAfterMs, policy.longestDelayMs));
        expect(step.delayMs).toBeLessThanOrEqual(policy.longestDelayMs);
        expect(step.delayMs).toBeGreaterThanOrEqual(policy.firstDelayMs / 2);
      }),
    );
  });
});

test("as it is set, a receiver is tried through a long weekend", () => {
  const { firstDelayMs, longestDelayMs, giveUpAfterMs } = DEFAULT_RETRY_POLICY;
  expect(firstDelayMs).toBeLessThanOrEqual(1000);
  expect(longestDelayMs).toBeLessThan(HOUR_MS);
  expect(giveUpAfterMs).toBeGreaterThan(4 * 24 * HOUR_MS);
});
