import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsUser } from "#deploy/site/credentials";

/** More than any test writes. */
const ALL = 100_000;

/** Every message of every stream of an account, subject and headers included, through the API. */
export async function everyMessage(natsUrl: string, { seed }: NatsUser): Promise<string[]> {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));
  const connection = await connect({ servers: natsUrl, authenticator });
  const manager = await jetstreamManager(connection);
  const texts: string[] = [];
  for await (const { config, state } of manager.streams.list()) {
    if (state.messages === 0) continue;
    for await (const message of await manager.direct.getBatch(config.name, {
      seq: 1,
      batch: ALL,
    })) {
      const headers = [...message.header].map(([name, values]) => `${name}: ${values.join(",")}`);
      texts.push([message.subject, ...headers, message.string()].join("\n"));
    }
  }
  await connection.close();
  return texts;
}

/** Every file below a folder, name and bytes. */
export async function everyFile(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => `${file}\n${(await readFile(file)).toString("latin1")}`),
  );
}

/** The texts that hold any of the needles. */
export function holding(texts: readonly string[], needles: readonly string[]): string[] {
  return texts.filter((text) => needles.some((needle) => text.includes(needle)));
}
