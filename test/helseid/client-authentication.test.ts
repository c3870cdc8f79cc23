import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";
import {
  createClientKey,
  EVENTS_SCOPE,
  registrationsFor,
  type ClientKey,
} from "./registrations.ts";
import { createTestClient, refusal, type TestClientOptions } from "./test-client.ts";

let key: ClientKey;
let helseid: Helseid;

beforeAll(async () => {
  key = await createClientKey();
  helseid = await startHelseid({ host: "127.0.0.1", port: 0, ...registrationsFor(key) });
});
afterAll(() => helseid[Symbol.asyncDispose]());

async function attempt(options: TestClientOptions, withKey = key): Promise<string> {
  const client = await createTestClient(helseid.issuer, withKey, options);
  return refusal(client.clientCredentials(EVENTS_SCOPE));
}

const FAILED = "invalid_client: client authentication failed";

function soon(payload: Record<string, oauth.JsonValue | undefined>, life: number): void {
  payload["exp"] = Number(payload["iat"]) + life;
}

const withSameId: oauth.ModifyAssertionFunction = (_header, payload) => {
  payload["jti"] = "the-only-one";
};

describe("a client assertion", () => {
  const refusals: [string, oauth.ModifyAssertionFunction, string][] = [
    [
      "of another type",
      (header) => void (header["typ"] = "at+jwt"),
      "typ must be one of: client-authentication+jwt, JWT",
    ],
    [
      "without a type",
      (header) => void delete header["typ"],
      "typ must be one of: client-authentication+jwt, JWT",
    ],
    ["that lives 61 s", (_header, payload) => soon(payload, 61), "life is at most 60 s"],
    [
      "from the future",
      (_header, payload) => {
        payload["iat"] = Number(payload["iat"]) + 30;
        delete payload["nbf"];
        soon(payload, 60);
      },
      "iat is in the future",
    ],
    [
      "without iat",
      (_header, payload) => void delete payload["iat"],
      "iat and exp must be numbers",
    ],
    [
      "for several audiences",
      (_header, payload) => void (payload["aud"] = [payload["aud"] ?? ""]),
      "aud must be the issuer and nothing else",
    ],
    [
      "for the token endpoint",
      (_header, payload) => void (payload["aud"] = `${helseid.issuer}/connect/token`),
      "aud must be the issuer and nothing else",
    ],
    [
      "for another issuer",
      (_header, payload) => void (payload["aud"] = "https://other.example"),
      "audience (aud) must equal the endpoint url, issuer identifier or token endpoint url",
    ],
    [
      "without jti",
      (_header, payload) => void delete payload["jti"],
      "unique jti (JWT ID) must be provided in the client_assertion JWT",
    ],
    [
      "of another issuer",
      (_header, payload) => void (payload["iss"] = "multi"),
      "iss (JWT issuer) must be the client_id",
    ],
    [
      "that has expired",
      (_header, payload) => {
        payload["iat"] = Number(payload["iat"]) - 120;
        soon(payload, 60);
      },
      "jwt expired",
    ],
  ];
  test.each(refusals)("%s is refused", async (_name, assertion, reason) => {
    expect(await attempt({ assertion })).toBe(`${FAILED}: ${reason}`);
  });

  test("that lives 60 s is taken", async () => {
    expect(await attempt({ assertion: (_header, payload) => soon(payload, 60) })).toBe(
      "not refused",
    );
  });

  test("is taken once", async () => {
    expect(await attempt({ assertion: withSameId })).toBe("not refused");
    expect(await attempt({ assertion: withSameId })).toBe(
      `${FAILED}: client assertion tokens must only be used once`,
    );
  });

  test("signed with another key is refused", async () => {
    const other = await createClientKey();
    expect(await attempt({}, other)).toBe(`${FAILED}: signature verification failed`);
  });

  test("of an unknown client is refused", async () => {
    expect(await attempt({ clientId: "nobody" })).toBe(`${FAILED}: client not found`);
  });

  test("is demanded", async () => {
    const response = await fetch(`${helseid.issuer}/connect/token`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "single", grant_type: "client_credentials" }),
    });
    expect(await response.json()).toMatchObject({ error: "invalid_client" });
  });

  test("cannot use a grant that the client has not", async () => {
    const client = await createTestClient(helseid.issuer, key, { clientId: "untied" });
    const callback = new URL("https://ehr.example/callback?code=x");
    callback.searchParams.set("iss", helseid.issuer);
    expect(await refusal(client.exchange(callback, "v".repeat(43)))).toBe(
      "invalid_request: requested grant type is not allowed for this client",
    );
  });
});

describe("a DPoP proof", () => {
  test("is demanded", async () => {
    expect(await attempt({ dpop: undefined })).toBe(
      "invalid_grant: grant request is invalid: DPoP proof JWT not provided",
    );
  });

  test("is taken once", async () => {
    const client: oauth.Client = { client_id: "single" };
    const dpop = oauth.DPoP(client, await oauth.generateKeyPair("ES256"), {
      [oauth.modifyAssertion]: (_header, payload) => void (payload["jti"] = "the-only-proof"),
    });
    expect(await attempt({ dpop })).toBe("not refused");
    expect(await attempt({ dpop })).toBe(
      "invalid_grant: grant request is invalid: DPoP proof JWT Replay detected",
    );
  });

  const refusals: [string, oauth.ModifyAssertionFunction, string][] = [
    [
      "for another method",
      (_header, payload) => void (payload["htm"] = "GET"),
      "DPoP proof htm mismatch",
    ],
    [
      "for another address",
      (_header, payload) => void (payload["htu"] = "https://other.example/"),
      "DPoP proof htu mismatch",
    ],
    [
      "of another type",
      (header) => void (header["typ"] = "JWT"),
      'invalid DPoP key binding: unexpected "typ" JWT header value',
    ],
    [
      "without a key",
      (header) => void delete header["jwk"],
      'invalid DPoP key binding: "jwk" (JSON Web Key) Header Parameter must be a JSON object',
    ],
  ];
  test.each(refusals)("%s is refused", async (_name, modify, reason) => {
    const client: oauth.Client = { client_id: "single" };
    const keys = await oauth.generateKeyPair("ES256");
    const dpop = oauth.DPoP(client, keys, { [oauth.modifyAssertion]: modify });
    expect(await attempt({ dpop })).toBe(`invalid_dpop_proof: ${reason}`);
  });

  test("must hold the server's nonce when that is asked for", async () => {
    const options = {
      host: "127.0.0.1",
      port: 0,
      requireDpopNonce: true,
      ...registrationsFor(key),
    };
    await using strict = await startHelseid(options);
    const client = await createTestClient(strict.issuer, key);
    expect(await refusal(client.clientCredentials(EVENTS_SCOPE))).toBe(
      "use_dpop_nonce: nonce is required in the DPoP proof",
    );
    // the library has kept the nonce that came with the refusal
    expect(await refusal(client.clientCredentials(EVENTS_SCOPE))).toBe("not refused");
  });
});
