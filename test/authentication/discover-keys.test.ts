import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { beforeAll, describe, expect, test } from "vitest";
import { discoverKeys, DiscoveryError } from "#authentication/discover-keys";
import { verifyAccessToken } from "#authentication/verify-access-token";
import { AUDIENCE, newKey, NOW, sign, tokenClaims, type Key } from "./issuer.ts";

let key: Key;
let nextKey: Key;

beforeAll(async () => {
  [key, nextKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
});

type Answers = Record<string, () => { status?: number; body: unknown }>;

const METADATA = "/.well-known/openid-configuration";
const KEYS = "/keys";

/** A real issuer on a free port that counts what it is asked. */
async function startIssuer(answers: (url: string) => Answers) {
  const asked: string[] = [];
  let url = "";
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? "");
    const answer = answers(url)[request.url ?? ""]?.();
    if (answer === undefined) return; // never answers
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function goodAnswers(url: string, keys: Key[] = [key]): Answers {
  return {
    [METADATA]: () => ({ body: { issuer: url, jwks_uri: `${url}${KEYS}` } }),
    [KEYS]: () => ({
      body: { keys: keys.map(({ jwk, thumbprint }) => ({ ...jwk, kid: thumbprint })) },
    }),
  };
}

async function mint(issuer: string, signer: Key): Promise<string> {
  const claims = { ...tokenClaims(signer.thumbprint), iss: issuer };
  return sign(signer, { typ: "at+jwt", kid: signer.thumbprint }, claims);
}

function expectations(issuer: string, keys: Awaited<ReturnType<typeof discoverKeys>>) {
  return { issuer, audience: AUDIENCE, keys, algorithms: ["ES256"], now: () => NOW };
}

async function mustNotBeAsked(): Promise<never> {
  throw new Error("must not be asked");
}

describe("discovery over real HTTP", () => {
  test("gives keys that verify, fetched once", async () => {
    await using issuer = await startIssuer((url) => goodAnswers(url));
    const keys = await discoverKeys({ issuer: issuer.url, allowInsecureIssuer: true });
    for (let time = 0; time < 3; time += 1) {
      const outcome = await verifyAccessToken(
        await mint(issuer.url, key),
        expectations(issuer.url, keys),
      );
      expect(outcome).toMatchObject({ kind: "verified" });
    }
    expect(issuer.asked).toEqual([METADATA, KEYS]);
  });

  test("finds a key that came later, and does not ask again during the cooldown", async () => {
    const published = [key];
    await using issuer = await startIssuer((url) => goodAnswers(url, published));
    const options = { issuer: issuer.url, allowInsecureIssuer: true };
    const eager = await discoverKeys({ ...options, cooldownMs: 0 });
    const calm = await discoverKeys(options);
    await verifyAccessToken(await mint(issuer.url, key), expectations(issuer.url, eager));
    await verifyAccessToken(await mint(issuer.url, key), expectations(issuer.url, calm));
    published.push(nextKey);
    const token = await mint(issuer.url, nextKey);
    expect(await verifyAccessToken(token, expectations(issuer.url, eager))).toMatchObject({
      kind: "verified",
    });
    const before = issuer.asked.length;
    expect(await verifyAccessToken(token, expectations(issuer.url, calm))).toEqual({
      kind: "refused",
      reason: "unknown-key",
    });
    expect(issuer.asked).toHaveLength(before);
  });

  test("an issuer that fails is asked once, not once per token, until the pause is over", async () => {
    let isUp = false;
    let now = 0;
    await using issuer = await startIssuer((url) => ({
      ...goodAnswers(url),
      [KEYS]: () =>
        isUp ? (goodAnswers(url)[KEYS]?.() ?? { body: "" }) : { status: 500, body: "" },
    }));
    const keys = await discoverKeys({
      issuer: issuer.url,
      allowInsecureIssuer: true,
      now: () => now,
    });
    const token = await mint(issuer.url, key);
    for (let time = 0; time < 5; time += 1) {
      const outcome = await verifyAccessToken(token, expectations(issuer.url, keys));
      expect(outcome).toMatchObject({ kind: "unavailable" });
    }
    expect(issuer.asked).toEqual([METADATA, KEYS]);
    isUp = true;
    now += 2_000;
    expect(await verifyAccessToken(token, expectations(issuer.url, keys))).toMatchObject({
      kind: "verified",
    });
  });

  test.each<[string, string, (url: string) => Answers]>([
    [
      "names another issuer",
      "names another issuer",
      (url) => ({ [METADATA]: () => ({ body: { issuer: `${url}/`, jwks_uri: `${url}${KEYS}` } }) }),
    ],
    [
      "answers 404",
      "cannot read the metadata",
      () => ({ [METADATA]: () => ({ status: 404, body: {} }) }),
    ],
    [
      "redirects",
      "cannot read the metadata",
      () => ({ [METADATA]: () => ({ status: 302, body: {} }) }),
    ],
    [
      "answers what is not JSON",
      "cannot read the metadata",
      () => ({ [METADATA]: () => ({ body: "<html>" }) }),
    ],
    ["answers an array", "is no object", () => ({ [METADATA]: () => ({ body: [] }) })],
    [
      "answers too much",
      "cannot read the metadata",
      () => ({ [METADATA]: () => ({ body: { padding: "x".repeat(300_000) } }) }),
    ],
    ["never answers", "cannot read the metadata", () => ({})],
    [
      "names no address for its keys",
      "must be addresses",
      (url) => ({ [METADATA]: () => ({ body: { issuer: url } }) }),
    ],
    [
      "has its keys at plain http elsewhere",
      "must be https",
      (url) => ({
        [METADATA]: () => ({ body: { issuer: url, jwks_uri: "http://issuer.example/keys" } }),
      }),
    ],
  ])("refuses an issuer that %s", async (_name, message, answers) => {
    await using issuer = await startIssuer(answers);
    const options = { issuer: issuer.url, allowInsecureIssuer: true, timeoutMs: 300 };
    const failure = discoverKeys(options);
    await expect(failure).rejects.toThrow(DiscoveryError);
    await expect(failure).rejects.toThrow(message);
  });

  test.each([
    ["http://127.0.0.1:1", false],
    ["http://issuer.example", true],
    ["http://127.0.0.1.issuer.example", true],
    ["ftp://127.0.0.1", true],
    ["issuer", true],
  ])("asks nothing of %s (insecure allowed: %s)", async (issuer, allowInsecureIssuer) => {
    const failure = discoverKeys({ issuer, allowInsecureIssuer, fetch: mustNotBeAsked });
    await expect(failure).rejects.toThrow(/must be (https|addresses)/);
  });

  test("an https issuer is asked through the given fetch", async () => {
    const asked: string[] = [];
    await discoverKeys({
      issuer: "https://issuer.example",
      fetch: async (url) => {
        asked.push(url);
        return Response.json({
          issuer: "https://issuer.example",
          jwks_uri: "https://issuer.example/keys",
        });
      },
    });
    expect(asked).toEqual(["https://issuer.example/.well-known/openid-configuration"]);
  });
});
