import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { startNatsServer } from "#broker/server/start-nats-server";
import { connectTo } from "./connect-to.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAYLOAD = "a payload that must not be read on the disk";
const SUBJECT = "places.Lillevik";
// Looks like a number to nats-server if it is not quoted.
const KEY = "1234567890123456789012e4";

const start = (storeDirectory: string, encryptionKey?: string | null) =>
  startNatsServer({ binary: inject("natsBinary"), storeDirectory, encryptionKey });

/** Stores a message and stops the server. */
async function store(storeDirectory: string, encryptionKey: string | null): Promise<void> {
  await using server = await start(storeDirectory, encryptionKey);
  await using client = await connectTo(server.url);
  await client.jsm.streams.add({ name: "SECRET", subjects: ["places.*"] });
  await client.js.publish(SUBJECT, PAYLOAD);
}

/** Which of the texts are found in any file of a folder. */
async function foundIn(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.some((file) => file.endsWith(".blk"))).toBe(true);
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return texts.filter((text) => contents.some((content) => content.includes(text)));
}

describe("encryption at rest", () => {
  test("leaves neither payload, subject nor key on the disk", async () => {
    await using folder = await temporaryFolder();
    await store(folder.path, KEY);
    expect(await foundIn(folder.path, [PAYLOAD, SUBJECT, KEY])).toEqual([]);
  });

  test("is what keeps them away: without it they are found", async () => {
    await using folder = await temporaryFolder();
    await store(folder.path, null);
    expect(await foundIn(folder.path, [PAYLOAD, SUBJECT])).toEqual([PAYLOAD, SUBJECT]);
  });

  test.runIf(process.platform === "linux")(
    "has its key not on the command line, and the child sees nothing else of this process's environment",
    async () => {
      await using folder = await temporaryFolder();
      await using server = await start(folder.path, KEY);
      expect(await readFile(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(KEY);
      const environment = await readFile(`/proc/${server.pid}/environ`, "utf8");
      expect(environment).toBe(`HENDELSESSTROM_STORE_KEY="${KEY}"\0`);
    },
  );

  test.each([
    ["another key", "another-key-altogether-0"],
    ["none", null],
  ])(
    "refuses to start with %s, instead of showing an empty store, and harms nothing",
    async (_name, key) => {
      await using folder = await temporaryFolder();
      await store(folder.path, KEY);
      await expect(start(folder.path, key)).rejects.toMatchObject({
        code: "store-unreadable",
        message: expect.stringContaining("Error decrypting our stream metafile"),
      });
      await using server = await start(folder.path, KEY);
      await using client = await connectTo(server.url);
      expect((await client.jsm.streams.getMessage("SECRET", { seq: 1 }))?.string()).toBe(PAYLOAD);
    },
  );

  test("damage to a stream's description is an error as well", async () => {
    await using folder = await temporaryFolder();
    await store(folder.path, null);
    const meta = join(folder.path, "store/jetstream/$G/streams/SECRET/meta.inf");
    await writeFile(meta, (await readFile(meta, "utf8")).replace("places", "palces"));
    await expect(start(folder.path, null)).rejects.toMatchObject({ code: "store-unreadable" });
  });

  test("a store that is kept needs a key", async () => {
    await using folder = await temporaryFolder();
    await expect(start(folder.path)).rejects.toMatchObject({
      code: "options-refused",
      message: "A store that is kept needs an encryptionKey (or null, for none)",
    });
  });

  test.each(["", "short", "twenty-two-characters $HOME", 'a-quote-"-in-the-middle'])(
    "%j is no key",
    async (key) => {
      await using folder = await temporaryFolder();
      await expect(start(folder.path, key)).rejects.toThrow(
        "The encryptionKey must be 22 to 256 letters, digits, _ or -",
      );
    },
  );
});
