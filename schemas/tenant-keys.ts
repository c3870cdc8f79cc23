import { hkdfSync } from "node:crypto";

/** Bytes of a tenant's master key; everything else is derived from it. */
export const MASTER_KEY_BYTES = 32;

/**
 * The keys of one tenant (one controller), each for one use:
 * `alias` names patients inside the tenant, `handle` and `reference` name patients, events and
 * resources towards one consumer, `table` encrypts what is kept in the policy log.
 */
export type TenantKeys = {
  readonly alias: Uint8Array;
  readonly handle: Uint8Array;
  readonly reference: Uint8Array;
  readonly table: Uint8Array;
};

function derive(masterKey: Uint8Array, use: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", masterKey, "", `hendelsesstrom ${use} v1`, length));
}

/** Derives a tenant's keys from its master key (HKDF-SHA-256, RFC 5869). */
export function deriveTenantKeys(masterKey: Uint8Array): TenantKeys {
  if (masterKey.length !== MASTER_KEY_BYTES) {
    throw new TypeError(
      `A master key is ${MASTER_KEY_BYTES} bytes, this one is ${masterKey.length}`,
    );
  }
  return {
    alias: derive(masterKey, "alias", 32),
    handle: derive(masterKey, "handle", 32),
    reference: derive(masterKey, "reference", 64), // AES-SIV takes two keys of 256 bits
    table: derive(masterKey, "table", 32),
  };
}
