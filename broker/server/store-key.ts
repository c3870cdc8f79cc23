import { randomBytes } from "node:crypto";
import { BrokerError } from "./broker-error.ts";

/** The variable that the configuration names, in the child's environment only. */
export const STORE_KEY_VARIABLE = "HENDELSESSTROM_STORE_KEY";
/** 16 random bytes in base64url, or 32 hex digits, are 128 bits; less would be guessed. */
const KEY = /^[A-Za-z0-9_-]{22,256}$/;
const RANDOM_KEY_BYTES = 32;

/**
 * The key for encryption at rest: the one given, or a random one for a store that is removed in the end. `null` is no
 * encryption, which is for tests that look into the files.
 *
 * @throws BrokerError `options-refused` when a kept store has no key (a random one would be lost with the process, and
 *   the store with it), or the key is not 22–256 letters, digits, `_` or `-`.
 */
export function storeKey(given: string | null | undefined, storeIsKept: boolean): string | null {
  if (given === null) return null;
  if (given === undefined) {
    if (!storeIsKept) return randomBytes(RANDOM_KEY_BYTES).toString("base64url");
    throw new BrokerError(
      "options-refused",
      "A store that is kept needs an encryptionKey (or null, for none)",
    );
  }
  if (KEY.test(given)) return given;
  throw new BrokerError(
    "options-refused",
    "The encryptionKey must be 22 to 256 letters, digits, _ or -",
  );
}

/** The child's environment. The server reads a variable's value as configuration: unquoted, `12e4` would be a number. */
export function keyEnvironment(key: string | null): Record<string, string> {
  return key === null ? {} : { [STORE_KEY_VARIABLE]: `"${key}"` };
}
