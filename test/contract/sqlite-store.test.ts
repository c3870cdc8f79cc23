import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "#producers/store/open-store";
import { sourceStoreContract } from "./source-store-contract.ts";

let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-store-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const open = () => openStore({ kind: "directory", directory });

describe("the store on SQLite", () => {
  sourceStoreContract(open);

  test("can be read by its owner only", async () => {
    await using store = await open();
    await store.unsent(1);
    const { mode } = await stat(join(directory, "source.sqlite"));
    expect(mode & 0o777).toBe(0o600);
  });

  test("syncs each commit to the disk, and refuses to change a disclosure", async () => {
    await using store = await open();
    await store.disclose("{}");
    using raw = new DatabaseSync(join(directory, "source.sqlite"));
    expect(raw.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(() => raw.exec("update disclosure set entry = '{}'")).toThrow(
      "disclosures are append-only",
    );
    expect(() => raw.exec("delete from disclosure")).toThrow("disclosures are append-only");
  });
});
