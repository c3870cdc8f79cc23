/** Longest access token that is looked at. Node allows 16 KiB for all header fields together. */
export const MAX_ACCESS_TOKEN_CHARS = 12_288;

/** Longest DPoP proof that is looked at: one with a 4096 bit RSA key takes some 1,900. */
export const MAX_PROOF_CHARS = 4_096;

const PARTS = 3;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** One spelling per content: padding, spaces and stray low bits would each give another. */
function isCanonicalBase64url(part: string): boolean {
  return BASE64URL.test(part) && Buffer.from(part, "base64url").toString("base64url") === part;
}

/**
 * Whether a text is written exactly as a compact JWS is (RFC 7515 section 3.1): three canonical
 * base64url parts, no longer than `maxChars`. Asked before any JOSE parsing, since the library
 * reads several spellings of one token as the same.
 */
export function passesTokenGate(text: string, maxChars: number): boolean {
  if (text.length > maxChars) return false;
  const parts = text.split(".", PARTS + 1);
  return parts.length === PARTS && parts.every(isCanonicalBase64url);
}
