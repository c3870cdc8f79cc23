import { describe, expect, test } from "vitest";
import { createReplayCache } from "#authentication/replay-cache";

describe("the memory of seen proofs", () => {
  test("knows a key again until its life is over", () => {
    let now = 1_000;
    const cache = createReplayCache({ now: () => now, lifetimeMs: 100 });
    expect(cache.remember("a")).toBe("first");
    expect(cache.remember("a")).toBe("again");
    expect(cache.remember("b")).toBe("first");
    now = 1_099;
    expect(cache.remember("a")).toBe("again");
    now = 1_100;
    expect(cache.remember("a")).toBe("first");
  });

  test("seeing a key again does not lengthen its life", () => {
    let now = 0;
    const cache = createReplayCache({ now: () => now, lifetimeMs: 100 });
    cache.remember("a");
    now = 60;
    cache.remember("a");
    now = 100;
    expect(cache.remember("a")).toBe("first");
  });

  test("refuses when full of live keys, and still knows each of them", () => {
    let now = 0;
    const cache = createReplayCache({ now: () => now, lifetimeMs: 100, maxEntries: 2 });
    expect([cache.remember("a"), cache.remember("b"), cache.remember("c")]).toEqual([
      "first",
      "first",
      "full",
    ]);
    expect([cache.remember("a"), cache.remember("b")]).toEqual(["again", "again"]);
    now = 100;
    expect(cache.remember("c")).toBe("first");
  });

  test("forgets only what is over when keys came at different times", () => {
    let now = 0;
    const cache = createReplayCache({ now: () => now, lifetimeMs: 100, maxEntries: 2 });
    cache.remember("old");
    now = 50;
    cache.remember("young");
    now = 100;
    expect(cache.remember("third")).toBe("first");
    expect(cache.remember("young")).toBe("again");
    expect(cache.remember("old")).toBe("full");
  });

  test("a clock that steps back keeps keys longer, never shorter", () => {
    let now = 1_000;
    const cache = createReplayCache({ now: () => now, lifetimeMs: 100 });
    cache.remember("a");
    now = 500;
    expect(cache.remember("a")).toBe("again");
  });
});
