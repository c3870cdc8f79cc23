import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from "jose";
import { boundedFetch } from "./bounded-fetch.ts";

/** How long the issuer may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Shortest time between two looks for an unknown key, in milliseconds: anybody can name one. */
const COOLDOWN_MS = 30_000;

/** How long keys are used without asking again, in milliseconds: a withdrawn key lives no longer. */
const KEY_SET_MAX_AGE_MS = 10 * 60 * 1000;

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "[::1]", "localhost"]);

export type KeyDiscoveryOptions = {
  readonly issuer: string;
  /** Lets the issuer be plain http on this machine: for stand-ins and tests. */
  readonly allowInsecureIssuer?: boolean;
  readonly fetch?: FetchImplementation;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
  readonly cooldownMs?: number;
};

/** The issuer's metadata cannot be had or cannot be trusted. */
export class DiscoveryError extends Error {
  override readonly name = "DiscoveryError";
}

/**
 * Reads the issuer's metadata and gives its keys, fetched when first needed and again when a key is
 * unknown (OpenID Connect Discovery 1.0 section 4). Throws a {@link DiscoveryError} when the issuer
 * does not answer, calls itself something else, or would have keys fetched over plain http.
 */
export async function discoverKeys(options: KeyDiscoveryOptions): Promise<JWTVerifyGetKey> {
  const { issuer, timeoutMs = TIMEOUT_MS, allowInsecureIssuer = false } = options;
  trustedUrl(issuer, allowInsecureIssuer);
  const fetchFromIssuer = boundedFetch({
    fetch: options.fetch ?? fetch,
    now: options.now ?? Date.now,
  });
  const metadata = await readMetadata(issuer, { fetchFromIssuer, timeoutMs });
  if (metadata["issuer"] !== issuer) {
    throw new DiscoveryError(`the metadata at ${issuer} names another issuer`);
  }
  return createRemoteJWKSet(trustedUrl(metadata["jwks_uri"], allowInsecureIssuer), {
    timeoutDuration: timeoutMs,
    cooldownDuration: options.cooldownMs ?? COOLDOWN_MS,
    cacheMaxAge: KEY_SET_MAX_AGE_MS,
    [customFetch]: fetchFromIssuer,
  });
}

async function readMetadata(
  issuer: string,
  { fetchFromIssuer, timeoutMs }: { fetchFromIssuer: FetchImplementation; timeoutMs: number },
): Promise<Record<string, unknown>> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  try {
    const answer = await fetchFromIssuer(url, {
      headers: new Headers({ accept: "application/json" }),
      method: "GET",
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const metadata: unknown = await answer.json();
    if (isRecord(metadata)) return metadata;
  } catch (cause) {
    throw new DiscoveryError(`cannot read the metadata at ${url}`, { cause });
  }
  throw new DiscoveryError(`the metadata at ${url} is no object`);
}

function trustedUrl(text: unknown, allowInsecure: boolean): URL {
  if (typeof text !== "string" || !URL.canParse(text)) {
    throw new DiscoveryError("the issuer and its jwks_uri must be addresses");
  }
  const url = new URL(text);
  const isLoopback = url.protocol === "http:" && LOOPBACK_HOSTS.has(url.hostname);
  if (url.protocol === "https:" || (allowInsecure && isLoopback)) return url;
  throw new DiscoveryError(`${url.origin} must be https`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
