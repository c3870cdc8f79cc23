import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/**
 * Encrypts an entry of a tenant's tables (AES-256-GCM, a fresh nonce each time), bound to the place
 * where it lies: an entry that is moved elsewhere does not open. Base64url of nonce, text and tag.
 */
export function sealEntry(tableKey: Uint8Array, place: string, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, tableKey, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([
    nonce,
    cipher.update(text, "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString("base64url");
}

/** Opens what {@link sealEntry} sealed; throws when key, place or content are not the same, or when a part is missing. */
export function openEntry(tableKey: Uint8Array, place: string, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const end = bytes.length - TAG_BYTES;
  if (end < NONCE_BYTES) throw new TypeError("A sealed entry is too short");
  const decipher = createDecipheriv(CIPHER, tableKey, bytes.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(end));
  return Buffer.concat([
    decipher.update(bytes.subarray(NONCE_BYTES, end)),
    decipher.final(),
  ]).toString("utf8");
}
