import {
  assert,
  asyncProperty,
  constantFrom,
  jsonValue,
  nat,
  oneof,
  pre,
  record,
  string,
  tuple,
  uint8Array,
} from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createAuthenticator, type Authenticator } from "#authentication/authenticator";
import {
  asFields,
  AUDIENCE,
  EXTERNAL_URL,
  ISSUER,
  keySet,
  newKey,
  NOW,
  proofClaims,
  proofHeader,
  sign,
  tokenClaims,
  type Key,
} from "./issuer.ts";

const RUNS = 200;
const CHARACTERS = Array.from("ABCxyz019-_.=+/ ,");

let issuerKey: Key;
let clientKey: Key;
let token: string;
let authenticator: Authenticator;

beforeAll(async () => {
  [issuerKey, clientKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
  const header = { typ: "at+jwt", kid: issuerKey.thumbprint };
  token = await sign(issuerKey, header, tokenClaims(clientKey.thumbprint));
  authenticator = createAuthenticator({
    issuer: ISSUER,
    audience: AUDIENCE,
    externalUrl: EXTERNAL_URL,
    keys: keySet(issuerKey),
    now: () => NOW,
  });
});

async function mintProof(accessToken: string): Promise<string> {
  return sign(clientKey, proofHeader(clientKey), proofClaims(accessToken));
}

async function isAccepted(accessToken: string, proof: string): Promise<boolean> {
  const outcome = await authenticator.authenticate({
    method: "GET",
    path: "/things/1",
    headers: { authorization: [`DPoP ${accessToken}`], dpop: [proof] },
  });
  return outcome.kind === "authenticated";
}

/** One change to a text: a character replaced, removed, inserted or written twice. */
type Change = { at: number; kind: string; character: string };

const change = record<Change>({
  at: nat(),
  kind: constantFrom("replace", "remove", "insert", "repeat"),
  character: oneof(constantFrom(...CHARACTERS), string({ minLength: 1, maxLength: 1 })),
});

function mutate(text: string, { at, kind, character }: Change): string {
  const here = at % text.length;
  const [before, after] = [text.slice(0, here), text.slice(here)];
  if (kind === "replace") return before + character + after.slice(1);
  if (kind === "remove") return before + after.slice(1);
  if (kind === "insert") return before + character + after;
  return before + after.slice(0, 1) + after;
}

/** Each forged token gets a proof made for it, so that the token alone decides. */
describe("nothing but what was signed is ever accepted", () => {
  test("no mutation of a good token", async () => {
    const property = asyncProperty(change, async (each) => {
      const mutated = mutate(token, each);
      pre(mutated !== token);
      expect(await isAccepted(mutated, await mintProof(mutated))).toBe(false);
    });
    await assert(property, { numRuns: RUNS });
    expect(await isAccepted(token, await mintProof(token))).toBe(true);
  });

  test("no mutation of a good proof", async () => {
    const proof = await mintProof(token);
    const property = asyncProperty(change, async (each) => {
      const mutated = mutate(proof, each);
      pre(mutated !== proof);
      expect(await isAccepted(token, mutated)).toBe(false);
    });
    await assert(property, { numRuns: RUNS });
    expect(await isAccepted(token, proof)).toBe(true);
  });

  test("no random bytes as token or as proof", async () => {
    const bytes = uint8Array({ minLength: 1, maxLength: 64 });
    const part = bytes.map((each) => Buffer.from(each).toString("base64url"));
    const parts = tuple(part, part, part).map((three) => three.join("."));
    const property = asyncProperty(oneof(string({ unit: "binary" }), parts), async (random) => {
      expect(await isAccepted(random, await mintProof(random))).toBe(false);
      expect(await isAccepted(token, random)).toBe(false);
    });
    await assert(property, { numRuns: RUNS });
  });

  test("no claim changed under the old signature", async () => {
    const [header, payload = "", signature] = token.split(".");
    const claims = asFields(JSON.parse(Buffer.from(payload, "base64url").toString()));
    const names = constantFrom(...Object.keys(claims));
    const property = asyncProperty(names, jsonValue(), async (name, value) => {
      const forged = JSON.stringify({ ...claims, [name]: value });
      pre(forged !== JSON.stringify(claims));
      const text = `${header}.${Buffer.from(forged).toString("base64url")}.${signature}`;
      expect(await isAccepted(text, await mintProof(text))).toBe(false);
    });
    await assert(property, { numRuns: RUNS });
  });
});
