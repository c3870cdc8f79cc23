import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountConfig } from "#broker/server/account-config";
import { type NatsConfig, renderNatsConfig } from "#broker/server/nats-config";
import { type ConfigValue, configText } from "#broker/server/nats-config-text";
import { startTestNats } from "../support/nats.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const NKEY = `U${"A".repeat(55)}`;
const BASE: NatsConfig = { port: "random", storeDirectory: "/data", syncInterval: "always" };

function account(change: Partial<AccountConfig> = {}): AccountConfig {
  return { name: "A", jetstream: true, users: [{ nkey: NKEY }], ...change };
}

/** Reads a quoted string back, by the language's rules and not by our code. */
function unquote(quoted: string): string {
  expect(quoted).toMatch(/^"[^"\\\n]*(?:\\x[0-9a-f]{2}[^"\\\n]*)*"$/);
  const bytes = [...quoted.slice(1, -1).matchAll(/\\x(..)|(.)/g)].map(([, hex, plain]) =>
    hex === undefined ? (plain ?? "").charCodeAt(0) : Number.parseInt(hex, 16),
  );
  return Buffer.from(bytes).toString("utf8");
}

describe("configuration text", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });

  test("holds any string so that it comes back as it was", () => {
    fc.assert(
      fc.property(text, (value) => {
        const [, quoted = ""] = /^key: (.*)\n$/.exec(configText({ key: value })) ?? [];
        expect(unquote(quoted)).toBe(Buffer.from(value, "utf8").toString("utf8"));
      }),
    );
  });

  test("has the lines that its shape says, whatever the strings are", () => {
    fc.assert(
      fc.property(fc.array(text), fc.dictionary(text, text), (list, dictionary) => {
        const block: Record<string, ConfigValue> = dictionary;
        const written = configText({ list, block: { block } });
        const listLines = list.length === 0 ? 1 : list.length + 2;
        expect(written.split("\n")).toHaveLength(
          listLines + Object.keys(dictionary).length + 2 + 1,
        );
      }),
    );
  });

  test("leaves out what is undefined, and quotes the one name that would be a directive", () => {
    expect(configText({ a: undefined, include: "x", b: { variable: "KEY" }, c: false })).toBe(
      '"include": "x"\nb: $KEY\nc: false\n',
    );
  });

  test("is understood by a real server: it runs in folders of any name", async () => {
    await using folder = await temporaryFolder();
    const names = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
      .filter((name) => !/^\.{1,2}$|[/\0]/.test(name));
    const hostile = [
      '"',
      "a\\b",
      "a\nb",
      "$HOME",
      "# x",
      "a' }",
      "æøå 🩺",
      "\\x41",
      "// y",
      "include x",
    ];
    const examples = hostile.map((name): [string] => [name]);
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const storeDirectory = join(folder.path, name);
        await mkdir(storeDirectory, { recursive: true });
        // Ready means that the server wrote its ports file into this very folder.
        await using server = await startTestNats({ storeDirectory });
        expect(server.storeDirectory).toBe(storeDirectory);
      }),
      { numRuns: 30, examples },
    );
  });
});

describe("a server's configuration", () => {
  test("is this, for one in a container with two accounts", () => {
    const written = renderNatsConfig({
      ...BASE,
      host: "0.0.0.0",
      port: 4222,
      encryptionKeyVariable: "STORE_KEY",
      accounts: [
        account({ name: "kommune-1" }),
        account({
          name: "STRANGER",
          jetstream: false,
          users: [
            { nkey: `U${"B".repeat(55)}`, permissions: { publish: ["ev.*.>"], subscribe: [] } },
          ],
        }),
      ],
    });
    expect(written).toBe(`host: "0.0.0.0"
port: 4222
max_payload: 1048576
max_connections: 1000
jetstream: {
  store_dir: "/data"
  sync_interval: "always"
  cipher: "chacha"
  key: $STORE_KEY
  max_memory_store: 67108864
  max_file_store: 10737418240
}
accounts: {
  "kommune-1": {
    jetstream: "enabled"
    users: [
      {
        nkey: "${NKEY}"
      }
    ]
  }
  "STRANGER": {
    jetstream: "disabled"
    users: [
      {
        nkey: "U${"B".repeat(55)}"
        permissions: {
          publish: {
            allow: [
              "ev.*.>"
            ]
          }
          subscribe: {
            deny: [
              ">"
            ]
          }
        }
      }
    ]
  }
}
`);
  });

  test("listens on loopback, and syncs and encrypts as it is told", () => {
    const written = renderNatsConfig({ ...BASE, syncInterval: "default" });
    expect(written).toContain('host: "127.0.0.1"\nport: -1\n');
    expect(written).not.toMatch(/sync_interval|cipher|key/);
  });

  test.each<[string, AccountConfig[], string]>([
    ["no accounts", [], "no account has a user, which would leave the server open to anyone"],
    [
      "no users",
      [account({ users: [] })],
      "no account has a user, which would leave the server open to anyone",
    ],
    ["a name twice", [account(), account({ users: [] })], "account A is there twice"],
    ["a user twice", [account(), account({ name: "B" })], `user ${NKEY} is there twice`],
    ["a name with a brace", [account({ name: "A }" })], '"A }" is no account name'],
    ["the system's own account", [account({ name: "$SYS" })], '"$SYS" is no account name'],
    [
      "a seed for a key",
      [account({ users: [{ nkey: "SUAM" }] })],
      "a user's nkey is not a public user key (U and 55 characters)",
    ],
    ...["", "a..b", "a b", ".a", "a.>.b", "a*", "a.\n"].map(
      (subject): [string, AccountConfig[], string] => [
        `the subject ${JSON.stringify(subject)}`,
        [account({ users: [{ nkey: NKEY, permissions: { publish: [], subscribe: [subject] } }] })],
        `${JSON.stringify(subject)} is no subject`,
      ],
    ),
  ])("with %s is refused", (_name, accounts, fault) => {
    expect(() => renderNatsConfig({ ...BASE, accounts })).toThrow(
      `The accounts are wrong: ${fault}`,
    );
  });

  test("names every fault at once", () => {
    const accounts = [account({ name: "é" }), account({ name: "B", users: [{ nkey: "x" }] })];
    expect(() => renderNatsConfig({ ...BASE, accounts })).toThrow(
      'The accounts are wrong: "é" is no account name; a user\'s nkey is not a public user key (U and 55 characters)',
    );
  });
});
