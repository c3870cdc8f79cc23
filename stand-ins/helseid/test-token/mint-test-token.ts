import { createHash, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import { breakProof, type ProofDraft, type ProofSurroundings } from "./break-proof.ts";
import { breakToken, type TokenDraft } from "./break-token.ts";
import { claimNames } from "../rules/claim-names.ts";
import { draftToken, type Minting } from "./draft-token.ts";
import { publicPart } from "./public-part.ts";
import { signJws } from "./sign-jws.ts";
import { createKey } from "../provider/signing-keys.ts";
import type { TestTokenRequest } from "./test-token-request.ts";
import { proofSwitches, tokenSwitches } from "./test-token-switches.ts";
import { ACCESS_TOKEN_LIFE_S } from "../rules/token-lives.ts";

type TestToken = {
  readonly accessToken: string;
  readonly dpopProof: string;
  /** The private key that the token is bound to. */
  readonly dpopKey: JWK;
};

export type MintOutcome =
  | { readonly minted: true; readonly token: TestToken }
  | { readonly minted: false; readonly fault: string };

/** Mints an access token and a proof of its key, with the faults that the switches name. */
export async function mintTestToken(
  request: TestTokenRequest,
  minting: Minting,
): Promise<MintOutcome> {
  const dpopKey = request.dpopKey ?? (await createKey());
  const foreignKey = await createKey();
  const draft = await draftToken(request, minting, dpopKey);
  const faults = tokenSwitches.filter((name) => request.switches?.includes(name));
  if (draft.attestation === undefined && faults.some((name) => name.startsWith("Attestation"))) {
    return { minted: false, fault: "the switch needs a practitioner and a valid attestation" };
  }
  const lifeSeconds = request.lifetimeSeconds ?? ACCESS_TOKEN_LIFE_S;
  for (const name of faults) breakToken[name](draft, { now: minting.now, lifeSeconds, foreignKey });
  const accessToken = signToken(draft, request);
  const surroundings = { now: minting.now, boundKey: dpopKey, foreignKey };
  const dpopProof = signProof(request, accessToken, surroundings);
  return { minted: true, token: { accessToken, dpopProof, dpopKey } };
}

function signToken(draft: TokenDraft, request: TestTokenRequest): string {
  const claims: Record<string, unknown> = {
    ...draft.payload,
    ...(draft.attestation && { [claimNames.trustFramework]: draft.attestation }),
    ...request.claims,
  };
  for (const name of request.omitClaims ?? []) delete claims[name];
  return signJws(draft.header, claims, draft.signer);
}

function signProof(
  { htm, htu, switches }: TestTokenRequest,
  accessToken: string,
  surroundings: ProofSurroundings,
): string {
  const { now, boundKey } = surroundings;
  const ath = createHash("sha256").update(accessToken).digest("base64url");
  const draft: ProofDraft = {
    header: { typ: "dpop+jwt", alg: "ES256", jwk: publicPart(boundKey) },
    payload: { jti: randomUUID(), htm, htu, iat: now, ath },
    signer: { kind: "ES256", key: boundKey },
  };
  const faults = proofSwitches.filter((name) => switches?.includes(name));
  for (const name of faults) breakProof[name](draft, surroundings);
  return signJws(draft.header, draft.payload, draft.signer);
}
