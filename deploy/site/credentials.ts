import { randomBytes } from "node:crypto";
import { createUser } from "@nats-io/nkeys";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

/** A key pair of a HelseID client, as JSON Web Keys. */
export type ClientKey = { readonly privateJwk: JWK; readonly publicJwk: JWK };

/** A user of a NATS account: the server knows the public part only. */
export type NatsUser = { readonly seed: string; readonly publicKey: string };

export async function newClientKey(): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const named = { kid: await calculateJwkThumbprint(publicJwk), alg: "ES256", use: "sig" };
  return {
    privateJwk: { ...(await exportJWK(privateKey)), ...named },
    publicJwk: { ...publicJwk, ...named },
  };
}

export function newNatsUser(): NatsUser {
  const user = createUser();
  return { seed: new TextDecoder().decode(user.getSeed()), publicKey: user.getPublicKey() };
}

/** 32 random bytes, base64url. */
export function newMasterKey(): string {
  return randomBytes(32).toString("base64url");
}
