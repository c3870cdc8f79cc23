import { fromSeed } from "@nats-io/nkeys";
import { type ConnectionOptions, nkeyAuthenticator } from "@nats-io/transport-node";

/**
 * What a party needs to log in to its tenant's account, to be spread into `connect`'s options: its nkey
 * seed, and the only inbox that it may listen on (the default one is refused, and no answer comes).
 */
export function logInWithSeed(
  seed: Uint8Array,
): Required<Pick<ConnectionOptions, "authenticator" | "inboxPrefix">> {
  return {
    authenticator: nkeyAuthenticator(seed),
    inboxPrefix: `_INBOX_${fromSeed(seed).getPublicKey()}`,
  };
}
