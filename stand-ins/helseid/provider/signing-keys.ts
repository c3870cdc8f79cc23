import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

/** Keys that stay published after a change; a token of an older one has long expired. */
const MAX_PUBLISHED_KEYS = 10;

export type SigningKeys = {
  /** Private keys, the signing one first. */
  all(): readonly JWK[];
  current(): JWK;
  /** From now on a new key signs; the old ones stay published. */
  rotate(): Promise<void>;
};

/** The stand-in's ES256 keys, made anew at each start. */
export async function createSigningKeys(): Promise<SigningKeys> {
  let current = await createKey();
  let old: JWK[] = [];
  return {
    all: () => [current, ...old],
    current: () => current,
    async rotate() {
      const next = await createKey();
      old = [current, ...old].slice(0, MAX_PUBLISHED_KEYS - 1);
      current = next;
    },
  };
}

/** A private ES256 key with its thumbprint as key id. */
export async function createKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: "ES256", use: "sig", kid: await calculateJwkThumbprint(jwk) };
}
