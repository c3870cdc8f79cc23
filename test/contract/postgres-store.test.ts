import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "#producers/store/open-store";
import { findPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts";
import { sourceStoreContract } from "./source-store-contract.ts";

const programs = findPostgres();

if (programs === undefined) {
  test.skip("NOT RUN: the store on PostgreSQL, for initdb and postgres are not on this machine", () => {});
} else {
  describe("the store on PostgreSQL", () => {
    let server: PostgresServer;
    let url = "";

    beforeAll(async () => {
      server = await startPostgres(programs);
      url = await server.newDatabase("contract");
    }, 60_000);
    afterAll(() => server[Symbol.asyncDispose]());

    sourceStoreContract(() => openStore({ kind: "server", url }));

    test("refuses to change a disclosure", async () => {
      await using store = await openStore({ kind: "server", url });
      await store.disclose("{}");
      const client = new Client({ connectionString: url });
      await client.connect();
      for (const change of [
        "update disclosure set entry = '{}'",
        "delete from disclosure",
        "truncate disclosure",
      ]) {
        await expect(client.query(change)).rejects.toThrow("disclosures are append-only");
      }
      await client.end();
    });

    test("is made once when several processes open it at the same time", async () => {
      const fresh = await server.newDatabase("fresh");
      const stores = await Promise.all(
        Array.from({ length: 4 }, () => openStore({ kind: "server", url: fresh })),
      );
      expect(await stores[0]?.unsent(1)).toEqual([]);
      for (const store of stores) await store[Symbol.asyncDispose]();
    });

    test("says at once that it cannot be opened", async () => {
      const missing = url.replace(/contract$/, "missing");
      await expect(openStore({ kind: "server", url: missing })).rejects.toThrow(
        'database "missing" does not exist',
      );
    });
  });
}
