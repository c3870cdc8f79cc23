import type { JWTVerifyGetKey } from "jose";
import { discoverKeys, type KeyDiscoveryOptions } from "#authentication/discover-keys";

/** Between two attempts to read the issuer's metadata: callers must not make them more frequent. */
const RETRY_AFTER_MS = 2000;

/**
 * The issuer's keys, discovered when first needed and tried again after a failure, so that a source
 * starts while its issuer is away; until then nobody can be authenticated.
 */
export function lateKeys(options: KeyDiscoveryOptions): JWTVerifyGetKey {
  let discovered: Promise<JWTVerifyGetKey> | undefined;
  const discover = (): Promise<JWTVerifyGetKey> => {
    const attempt = discoverKeys(options);
    attempt.catch(() => setTimeout(() => (discovered = undefined), RETRY_AFTER_MS).unref());
    return attempt;
  };
  return async (header, token) => {
    discovered ??= discover();
    const keys = await discovered;
    return keys(header, token);
  };
}
