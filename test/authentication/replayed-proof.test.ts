import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReplayCache } from "#authentication/replay-cache";
import { DEFAULT_ALGORITHMS } from "#authentication/signature-algorithms";
import {
  PROOF_WINDOW_MS,
  verifyDpopProof,
  type ProofExpectations,
} from "#authentication/verify-dpop-proof";
import {
  EXTERNAL_URL,
  newKey,
  NOW,
  NOW_SECONDS,
  proofClaims,
  proofHeader,
  sign,
  type Fields,
  type Key,
} from "./issuer.ts";

const TOKEN = "an.access.token";

let key: Key;
let otherKey: Key;
let now: number;
let expected: ProofExpectations;

beforeAll(async () => {
  [key, otherKey] = await Promise.all([newKey("ES256"), newKey("ES256")]);
});

beforeEach(() => {
  now = NOW;
  expected = {
    accessToken: TOKEN,
    thumbprint: key.thumbprint,
    method: "GET",
    target: "/things/1?after=abc",
    externalUrl: EXTERNAL_URL,
    algorithms: DEFAULT_ALGORITHMS,
    replayCache: createReplayCache({ now: () => now, lifetimeMs: PROOF_WINDOW_MS }),
    now: () => now,
  };
});

async function mint(claims: Fields = {}): Promise<string> {
  return sign(key, proofHeader(key), { ...proofClaims(TOKEN), ...claims });
}

describe("a proof shown twice", () => {
  test("is refused as long as it could be accepted, whatever it is shown for", async () => {
    const proof = await mint({ iat: NOW_SECONDS + 5 });
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "verified" });
    for (const later of [0, 1, 5_000, 10_000, PROOF_WINDOW_MS - 251]) {
      now = NOW + later;
      expect(await verifyDpopProof(proof, expected)).toEqual({
        kind: "refused",
        reason: "replayed",
      });
    }
    now = NOW + PROOF_WINDOW_MS;
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "refused", reason: "too-old" });
  });

  test("with the same id in a new proof is refused too", async () => {
    await verifyDpopProof(await mint({ jti: "same" }), expected);
    const outcome = await verifyDpopProof(await mint({ jti: "same" }), expected);
    expect(outcome).toEqual({ kind: "refused", reason: "replayed" });
  });

  test("another caller may use the same id", async () => {
    await verifyDpopProof(await mint({ jti: "same" }), expected);
    const proof = await sign(otherKey, proofHeader(otherKey), {
      ...proofClaims(TOKEN),
      jti: "same",
    });
    const outcome = await verifyDpopProof(proof, { ...expected, thumbprint: otherKey.thumbprint });
    expect(outcome).toEqual({ kind: "verified" });
  });

  test("a refused proof uses up no id", async () => {
    await verifyDpopProof(await mint({ jti: "same", htm: "POST" }), expected);
    expect(await verifyDpopProof(await mint({ jti: "same" }), expected)).toEqual({
      kind: "verified",
    });
  });

  test("is still remembered in the last millisecond of its life", async () => {
    const proof = await mint({ iat: NOW / 1000 + 5 });
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "verified" });
    now = NOW + PROOF_WINDOW_MS - 1;
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "refused", reason: "replayed" });
    now = NOW + PROOF_WINDOW_MS;
    expect(await verifyDpopProof(proof, expected)).toEqual({ kind: "refused", reason: "too-old" });
  });

  test("with a full memory nothing is let through", async () => {
    const replayCache = createReplayCache({ now: () => now, lifetimeMs: 1, maxEntries: 0 });
    const outcome = await verifyDpopProof(await mint(), { ...expected, replayCache });
    expect(outcome).toMatchObject({
      kind: "unavailable",
      cause: new Error("the memory of seen proofs is full"),
    });
  });
});
