import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { AccountConfig } from "./account-config.ts";
import { awaitReady } from "./await-ready.ts";
import { renderNatsConfig } from "./nats-config.ts";
import { claimStore } from "./ports-file.ts";
import { reloadServer, replaceFile } from "./reload-server.ts";
import { type ServerFiles, serverFiles } from "./server-files.ts";
import { serverLogFromNow } from "./server-log.ts";
import { type ServerProcess, spawnServer } from "./server-process.ts";
import { keyEnvironment, STORE_KEY_VARIABLE, storeKey } from "./store-key.ts";

const OWNER_ONLY = 0o700;

export interface StartOptions {
  /** The nats-server program. */
  readonly binary: string;
  /** Kept afterwards, so that a later start goes on where this one stopped. Without it: a temporary one. */
  readonly storeDirectory?: string | undefined;
  /** Who may connect. Without it anyone on this machine may, which is for tests only. */
  readonly accounts?: readonly AccountConfig[] | undefined;
  /** Key for encryption at rest, 22–256 letters, digits, `_` or `-`; `null` for none. Needed for a store that is kept. */
  readonly encryptionKey?: string | null | undefined;
  /** `always` unless given: an acknowledged message is on disk. */
  readonly syncInterval?: "always" | "default" | undefined;
  /** A free one unless given. */
  readonly port?: number | undefined;
}

/** A nats-server that this process started. Listens on loopback only. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly storeDirectory: string;
  readonly configFile: string;
  /** Ends it at once (`SIGKILL`) and waits until it is gone. The store stays. */
  kill(): Promise<void>;
  /** Ends it cleanly and waits until it is gone. The store stays. */
  stop(): Promise<void>;
  /** Stops it in its tracks (`SIGSTOP`), and waits until it stands still: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Changes who may connect, without a restart. Connections of users that are gone are closed. */
  reload(accounts: readonly AccountConfig[]): Promise<void>;
  /** Stops it, and removes the store if it was a temporary one. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a nats-server with JetStream as a child process, and waits until it accepts connections.
 *
 * When this process dies without stopping it, by `kill -9` too, the server is stopped cleanly at once; a temporary store
 * is then left behind, encrypted with a key that is gone.
 *
 * @throws BrokerError `options-refused`, `store-in-use`, `store-unreadable`, or `not-started`; the last two with the server's own words.
 */
export async function startNatsServer(options: StartOptions): Promise<NatsServer> {
  const { storeDirectory: kept } = options;
  const key = storeKey(options.encryptionKey, kept !== undefined);
  await using cleanUp = new AsyncDisposableStack();
  const directory =
    kept === undefined ? await mkdtemp(join(tmpdir(), "hendelsesstrom-nats-")) : resolve(kept);
  if (kept === undefined) cleanUp.defer(() => rm(directory, { recursive: true, force: true }));

  const files = serverFiles(directory);
  const render = (accounts: readonly AccountConfig[] | undefined) =>
    config(options, files, { key, accounts });
  const text = render(options.accounts);
  await mkdir(files.ports, { recursive: true, mode: OWNER_ONLY });
  await claimStore(files);
  await replaceFile(files.config, text);
  const log = await serverLogFromNow(files);
  const server = await spawnServer(options.binary, files, keyEnvironment(key));
  cleanUp.defer(() => server.stop());
  const url = await awaitReady(server, files, log);
  return handle({ server, files, url, render, disposal: cleanUp.move() });
}

function config(
  options: StartOptions,
  files: ServerFiles,
  { key, accounts }: { key: string | null; accounts: readonly AccountConfig[] | undefined },
): string {
  return renderNatsConfig({
    port: options.port ?? "random",
    storeDirectory: files.store,
    portsDirectory: files.ports,
    logFile: files.log,
    syncInterval: options.syncInterval ?? "always",
    encryptionKeyVariable: key === null ? undefined : STORE_KEY_VARIABLE,
    accounts,
  });
}

interface Parts {
  readonly server: ServerProcess;
  readonly files: ServerFiles;
  readonly url: URL;
  readonly render: (accounts: readonly AccountConfig[]) => string;
  readonly disposal: AsyncDisposableStack;
}

function handle({ server, files, url, render, disposal }: Parts): NatsServer {
  let reloaded = Promise.resolve();
  return {
    url: `nats://${url.host}`,
    port: Number(url.port),
    pid: server.pid,
    storeDirectory: files.directory,
    configFile: files.config,
    kill: () => server.kill(),
    stop: () => server.stop(),
    freeze: () => server.freeze(),
    thaw: () => server.signal("SIGCONT"),
    reload(accounts) {
      // One after the other: each waits for the server's answer to its own file.
      const next = reloaded.then(() => reloadServer(server, files, render(accounts)));
      reloaded = next.catch(() => {});
      return next;
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}
