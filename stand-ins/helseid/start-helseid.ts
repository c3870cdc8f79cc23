import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { answer } from "./http/answer.ts";
import { createProvider, type FaultListener } from "./provider/create-provider.ts";
import { createDirectory } from "./registration/directory.ts";
import { createExpiringMap } from "./provider/expiring-map.ts";
import { createMemoryAdapter } from "./provider/memory-adapter.ts";
import type { Registrations } from "./registration/registration-schema.ts";
import { createSigningKeys } from "./provider/signing-keys.ts";
import { validateRegistrations } from "./registration/validate-registrations.ts";

export type HelseidOptions = Registrations & {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** Origin that clients know, when it is not the host and port that are listened on. */
  readonly issuer?: string;
  /** Whether a DPoP proof at the token endpoint must hold a nonce of the server's. */
  readonly requireDpopNonce?: boolean;
  /** Hears of every request that was refused or failed. */
  readonly onFault?: FaultListener;
};

export type Helseid = AsyncDisposable & {
  readonly issuer: string;
  /** Where it listens: the issuer, unless another one was given. */
  readonly origin: string;
  /** A new key signs from now on; tokens of the old ones still verify. */
  rotateKeys(): Promise<void>;
};

/**
 * Starts a stand-in for HelseID, for development and test only: anyone can log in as anyone.
 * @throws TypeError that lists every fault of the registrations
 */
export async function startHelseid(options: HelseidOptions): Promise<Helseid> {
  const directory = createDirectory(judged(options));
  const keys = await createSigningKeys();
  const parts = {
    directory,
    keys,
    adapter: createMemoryAdapter(Date.now),
    pushed: createExpiringMap<unknown[]>(Date.now),
    cookieKey: randomBytes(32).toString("base64url"),
    nonceSecret: randomBytes(32),
    requireDpopNonce: options.requireDpopNonce ?? false,
  };
  const server = await listen(options);
  const origin = originOf(server);
  const { issuer = origin } = options;
  // oidc-provider cannot change keys: a new one takes over, on the same store
  const onFault = options.onFault ?? (() => undefined);
  const build = () => createProvider(issuer, parts, onFault);
  let provider = await closingOnFailure(server, build);
  const rotateKeys = async (): Promise<void> => {
    await keys.rotate();
    provider = build();
  };
  server.on("request", (request, response) => {
    void answer({ issuer, directory, keys, provider, rotateKeys, onFault }, { request, response });
  });
  return { issuer, origin, rotateKeys, [Symbol.asyncDispose]: () => close(server) };
}

function judged({ clients, practitioners, audiences }: HelseidOptions): Registrations {
  const result = validateRegistrations({ clients, practitioners, audiences });
  if (result.valid) return result.value;
  const faults = result.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw new TypeError(`the registrations have faults:\n${faults.join("\n")}`);
}

async function listen({ host, port }: HelseidOptions): Promise<Server> {
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

function originOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("not listening on TCP");
  const { address, family, port } = bound;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** A start that fails must not leave a port taken. */
async function closingOnFailure<T>(server: Server, build: () => T): Promise<T> {
  try {
    return build();
  } catch (error) {
    await close(server);
    throw error;
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
