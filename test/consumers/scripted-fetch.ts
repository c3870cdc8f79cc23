import * as oauth from "oauth4webapi";
import type { SignedFetch } from "#consumers-example/client/signed-fetch";
import { createSignedFetch } from "#consumers-example/client/signed-fetch";

/** Calls as the client does, with a token that only a scripted server takes. */
export async function scriptedFetch(): Promise<SignedFetch> {
  const client: oauth.Client = { client_id: "test" };
  const proofKey = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  const token = { value: "a-token", expiresAt: Number.MAX_SAFE_INTEGER };
  return createSignedFetch(
    { proofKey, insecure: true, now: Date.now },
    { get: async () => ({ kind: "token", token }) },
  );
}
