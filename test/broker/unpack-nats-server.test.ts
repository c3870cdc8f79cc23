import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { open as openFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { archiveAddress } from "#broker/server/debian-archive";
import { containerImage } from "#broker/server/unpack-container-image";
import { unpackNatsServer } from "#broker/server/unpack-nats-server";
import type { Unpacker } from "#broker/server/unpacker";
import { temporaryFolder } from "./temporary-folder.ts";

const run = promisify(execFile);

const printed = (...releases: string[]) =>
  releases.map((release) => `'${release}/InRelease' some_file_name 0 \n`).join("");

describe("the address of the Debian archive", () => {
  test("is the one that has the release itself, among updates, security and other makers' archives", () => {
    const uris = printed(
      "https://packages.example/apt/dists/bookworm-tools",
      "http://security.example/debian-security/dists/bookworm-security",
      "http://archive.example/debian/dists/bookworm-updates",
      "http://archive.example/debian/dists/bookworm",
    );
    expect(archiveAddress(uris, "bookworm")).toBe("http://archive.example/debian");
  });

  test("may be a list of mirrors, and the suite a moving one", () => {
    const uris = printed("mirror+file:/etc/apt/mirrors/debian.list/dists/testing");
    expect(archiveAddress(uris, undefined)).toBe("mirror+file:/etc/apt/mirrors/debian.list");
  });

  test("is unknown when there is none", () => {
    expect(
      archiveAddress(printed("http://archive.example/ubuntu/dists/noble"), "bookworm"),
    ).toBeUndefined();
    expect(archiveAddress("", "bookworm")).toBeUndefined();
  });
});

describe("unpacking", () => {
  test("by eight processes at once leaves one whole program and nothing else", async () => {
    await using folder = await temporaryFolder();
    // Takes a while to be written and is useless by half, so that a reader of an unfinished one would be seen.
    const source = await folder.script(
      "source",
      `echo 'nats-server: v2.15.1' #${"x".repeat(1_000_000)}`,
    );
    const cache = join(folder.path, "cache");
    const copying: Unpacker = {
      name: "a copy",
      async unpack(into) {
        await run("cp", [source, join(into, "program")]);
        return { outcome: "unpacked", file: join(into, "program") };
      },
    };
    const placed = await Promise.all(
      Array.from({ length: 8 }, () => unpackNatsServer(copying, cache)),
    );
    const expected = { outcome: "placed", path: join(cache, "nats-server"), version: "2.15.1" };
    expect(placed).toEqual(Array.from({ length: 8 }, () => expected));
    expect(await readdir(cache)).toEqual(["nats-server"]);
  });

  test("replaces the file as a whole: who has the old one open keeps it", async () => {
    await using folder = await temporaryFolder();
    const old = "echo 'nats-server: v2.12.0'";
    await using open = await openFile(await folder.script("cache/nats-server", old));
    const fresh = await folder.script("fresh", "echo 'nats-server: v2.15.1'");
    const unpacker: Unpacker = {
      name: "a fresh one",
      unpack: () => Promise.resolve({ outcome: "unpacked", file: fresh }),
    };
    const placed = await unpackNatsServer(unpacker, join(folder.path, "cache"));
    expect(placed).toMatchObject({ outcome: "placed", version: "2.15.1" });
    expect(await open.readFile("utf8")).toContain(old);
  });

  test("of a program that does not run leaves the one that was there", async () => {
    await using folder = await temporaryFolder();
    await folder.script("cache/nats-server", "echo 'nats-server: v2.15.1'");
    const broken = await folder.script("broken", "exit 127");
    const unpacker: Unpacker = {
      name: "a broken one",
      unpack: () => Promise.resolve({ outcome: "unpacked", file: broken }),
    };
    expect(await unpackNatsServer(unpacker, join(folder.path, "cache"))).toEqual({
      outcome: "failed",
      reason: "its program cannot be run (it ended with status 127)",
    });
    expect(await readdir(join(folder.path, "cache"))).toEqual(["nats-server"]);
  });

  test("takes the program out of what a container engine sends", async () => {
    await using folder = await temporaryFolder();
    await folder.script("image/nats-server", "echo 'nats-server: v2.15.1'");
    const asked: string[] = [];
    const unpacker = containerImage(async (image, file, take) => {
      asked.push(image, file);
      const tar = spawn("tar", ["-c", "-C", join(folder.path, "image"), "nats-server"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await Promise.all([once(tar, "exit"), take(tar.stdout)]);
    });
    const placed = await unpackNatsServer(unpacker, join(folder.path, "cache"));
    expect(placed).toMatchObject({ outcome: "placed", version: "2.15.1" });
    expect(asked).toEqual(["nats:2.15-alpine", "/usr/local/bin/nats-server"]);
  });

  test("fails with the reason when what the engine sends is no archive", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.script("garbage", "x".repeat(2_000));
    const unpacker = containerImage(async (_image, _file, take) => {
      const cat = spawn("cat", [file], { stdio: ["ignore", "pipe", "inherit"] });
      await take(cat.stdout);
    });
    expect(await unpackNatsServer(unpacker, join(folder.path, "cache"))).toEqual({
      outcome: "failed",
      reason: "tar ended with status 2",
    });
  });
});
