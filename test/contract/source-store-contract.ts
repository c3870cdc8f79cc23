import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { toLetters } from "#schemas/letters";
import { EMPTY_CHAIN, nextLink, verifyChain } from "#producers/store/disclosure-chain";
import type { ResourceVersion, SourceStore } from "#producers/store/source-store";

const NO_LIMITS = { resources: 100, bytes: 1_000_000 };

function letters(bytes: number): string {
  return toLetters(randomBytes(bytes));
}

function version(of: Partial<ResourceVersion> = {}): ResourceVersion {
  return {
    id: letters(8),
    version: 1,
    alias: letters(16),
    recordedAt: "2026-11-22T10:15:00.000Z",
    resource: '{"resourceType":"Observation","value":36.50,"text":"blåbærsyltetøy \\u0000"}',
    ...of,
  };
}

/**
 * What every store does, whatever engine it stands on. `open` opens the same database each time, and a
 * second one beside the first.
 */
export function sourceStoreContract(open: () => Promise<SourceStore>): void {
  describe("versions", () => {
    test("are read as they were recorded, the current one and each by its number", async () => {
      await using store = await open();
      const first = version();
      const second = { ...first, version: 2, recordedAt: "2026-11-22T11:00:00.000Z" };
      await store.record(first, "{}");
      await store.record(second, "{}");

      expect(await store.read(first.id)).toEqual(second);
      expect(await store.read(first.id, 1)).toEqual(first);
      expect(await store.read(first.id, 2)).toEqual(second);
      expect(await store.read(first.id, 3)).toBeUndefined();
      expect(await store.read(letters(8))).toBeUndefined();
    });

    test("follow each other without holes and doubles; one that does not leaves nothing", async () => {
      await using store = await open();
      const first = version();
      await store.record(first, '{"n":1}');
      const before = await store.unsent(1000);

      for (const number of [0, 1, 3]) {
        const other = { ...first, version: number, resource: '{"another":true}' };
        expect(await store.record(other, '{"n":2}')).toEqual({ kind: "not-next" });
      }
      expect(await store.read(first.id)).toEqual(first);
      expect(await store.unsent(1000)).toEqual(before);
    });

    test("that several writers make at once: one is recorded, the others are told", async () => {
      await using one = await open();
      await using other = await open();
      const first = version();
      await one.record(first, "{}");
      const writers = [one, other, one, other].map((store, index) =>
        store.record({ ...first, version: 2, resource: `{"writer":${index}}` }, "{}"),
      );
      const kinds = (await Promise.all(writers)).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(["not-next", "not-next", "not-next", "recorded"]);
    });
  });

  describe("a search", () => {
    test("gives the current version of each of the patient's resources, the newest first", async () => {
      await using store = await open();
      const alias = letters(16);
      const older = version({ alias });
      const changed = { ...older, version: 2, recordedAt: "2026-11-22T10:17:00.000Z" };
      const newer = version({ alias, recordedAt: "2026-11-22T10:16:00.000Z" });
      for (const each of [older, newer, changed, version()]) await store.record(each, "{}");

      expect(await store.search(alias, NO_LIMITS)).toEqual({
        total: 2,
        resources: [changed, newer],
      });
      expect(await store.search(letters(16), NO_LIMITS)).toEqual({ total: 0, resources: [] });
    });

    test("stops at the limits, and still tells how many there are", async () => {
      await using store = await open();
      const alias = letters(16);
      for (let index = 0; index < 5; index += 1) {
        const resource = `{"text":"${"å".repeat(44)}"}`; // 99 bytes
        await store.record(version({ alias, resource }), "{}");
      }
      const byCount = await store.search(alias, { resources: 3, bytes: 1_000_000 });
      expect([byCount.total, byCount.resources.length]).toEqual([5, 3]);
      const byBytes = await store.search(alias, { resources: 100, bytes: 2 * 99 });
      expect([byBytes.total, byBytes.resources.length]).toEqual([5, 2]);
    });
  });

  describe("the outbox", () => {
    test("holds each event until it is marked as sent, in order", async () => {
      await using store = await open();
      const versions = [version(), version(), version()];
      for (const [index, each] of versions.entries()) await store.record(each, `{"n":${index}}`);
      const mine = (await store.unsent(1000)).filter(({ alias }) =>
        versions.some((each) => each.alias === alias),
      );
      expect(mine.map(({ event }) => event)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}']);

      const [first, , last] = mine;
      if (first === undefined || last === undefined) throw new Error("three were recorded");
      await store.markSent([first.sequence, last.sequence], "2026-11-22T10:15:01Z");
      expect(await store.isSent(first.sequence)).toBe(true);
      expect(await store.isSent(mine[1]?.sequence ?? 0)).toBe(false);
      const left = (await store.unsent(1000)).map(({ sequence }) => sequence);
      expect(left).toContain(mine[1]?.sequence);
      expect(left).not.toContain(first.sequence);
    });

    test("names the entry of a recording", async () => {
      await using store = await open();
      const outcome = await store.record(version(), '{"mine":true}');
      const entry = (await store.unsent(1000)).at(-1);
      expect(outcome).toEqual({ kind: "recorded", outboxSequence: entry?.sequence });
    });
  });

  describe("disclosures", () => {
    test("are chained, also when two processes write at once", async () => {
      await using one = await open();
      await using other = await open();
      const entries = Array.from({ length: 20 }, (_, index) => JSON.stringify({ index }));
      await Promise.all(entries.map((entry, index) => (index % 2 ? one : other).disclose(entry)));

      const links = await one.disclosures(0, 1000);
      expect(
        links
          .slice(-20)
          .map(({ entry }) => entry)
          .toSorted(),
      ).toEqual(entries.toSorted());
      const { sequence = 0, hash = "" } = links.at(-1) ?? {};
      expect(await verifyChain(links)).toEqual({ whole: true, head: { sequence, hash } });
      expect(await one.disclosures(sequence - 1, 1)).toEqual(links.slice(-1));
    });

    test("start with a chain that is empty", async () => {
      await using store = await open();
      const [first] = await store.disclosures(0, 1);
      const head = await store.disclose('{"text":"æøå"}');
      expect(first ?? nextLink(EMPTY_CHAIN, '{"text":"æøå"}')).toMatchObject({ sequence: 1 });
      expect(head.sequence).toBeGreaterThan(0);
    });
  });

  test("what was written is there when the store is opened again", async () => {
    const first = version();
    {
      await using store = await open();
      await store.record(first, '{"kept":true}');
    }
    await using again = await open();
    expect(await again.read(first.id)).toEqual(first);
    expect((await again.unsent(1000)).at(-1)?.event).toBe('{"kept":true}');
  });
}
