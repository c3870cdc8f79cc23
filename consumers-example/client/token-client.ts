import * as oauth from "oauth4webapi";
import type { AssertionDetail, HelseidConnection } from "./helseid-connection.ts";
import { accessToken, tokenFailure, withNonce } from "./token-outcome.ts";
import type { AccessToken, TokenOutcome } from "./token-outcome.ts";

/** A token that is about to end is not used: the request must reach its API in time. */
const LEEWAY_MS = 5_000;

/** Scopes times organisations that one process works with; beyond it the oldest is fetched anew. */
const MAX_CACHED_TOKENS = 200;

/** The organisation that a multi-tenant client acts for, by organisation numbers. */
export type ActsFor = { readonly parent: string; readonly child?: string };

export type TokenClient = {
  /** A token for work without a user (client credentials), fetched or still valid. */
  machineToken(scope: string, actsFor?: ActsFor): Promise<TokenOutcome>;
  /** Drops a token that an API has refused, so that the next one is fetched. */
  forget(token: AccessToken): void;
};

type Entry = { readonly request: Promise<TokenOutcome>; token?: AccessToken };

/** Fetches machine tokens and keeps each until shortly before its end (requirement FK3). */
export function createTokenClient(helseid: HelseidConnection): TokenClient {
  const kept = new Map<string, Entry>();
  return {
    async machineToken(scope, actsFor) {
      const key = JSON.stringify([scope, actsFor?.parent, actsFor?.child]);
      const known = kept.get(key);
      if (known !== undefined && !isEnding(known, helseid.now())) return known.request;
      const entry: Entry = { request: fetchToken(helseid, scope, actsFor) };
      keep(kept, key, entry);
      const outcome = await entry.request;
      if (outcome.kind === "token") entry.token = outcome.token;
      else if (kept.get(key) === entry) kept.delete(key);
      return outcome;
    },
    forget(token) {
      for (const [key, entry] of kept) if (entry.token === token) kept.delete(key);
    },
  };
}

/** False while the request is on its way: callers that ask at the same time share it. */
function isEnding({ token }: Entry, now: number): boolean {
  return token !== undefined && token.expiresAt - LEEWAY_MS <= now;
}

function keep(kept: Map<string, Entry>, key: string, entry: Entry): void {
  const [oldest] = kept.keys();
  if (kept.size >= MAX_CACHED_TOKENS && oldest !== undefined) kept.delete(oldest);
  kept.set(key, entry);
}

async function fetchToken(
  helseid: HelseidConnection,
  scope: string,
  actsFor: ActsFor | undefined,
): Promise<TokenOutcome> {
  try {
    const server = await helseid.server();
    const { client } = helseid;
    const details = actsFor === undefined ? [] : [organisationDetail(actsFor)];
    const answer = await withNonce(async () => {
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        helseid.authentication(details),
        { scope },
        helseid.options(),
      );
      return oauth.processClientCredentialsResponse(server, client, response);
    });
    return { kind: "token", token: accessToken(answer, helseid.now()) };
  } catch (error) {
    return tokenFailure(error);
  }
}

/** `NO:ORGNR:<parent>:<child>`; the last colon stays when there is no child. */
function organisationDetail({ parent, child = "" }: ActsFor): AssertionDetail {
  const identifier = {
    system: "urn:oid:1.0.6523",
    type: "ENH",
    value: `NO:ORGNR:${parent}:${child}`,
  };
  return {
    type: "helseid_authorization",
    practitioner_role: { organization: { identifier } },
  };
}
