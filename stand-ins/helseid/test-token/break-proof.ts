import type { JWK } from "jose";
import { publicPart } from "./public-part.ts";
import type { Signer } from "./sign-jws.ts";
import type { ProofSwitch } from "./test-token-switches.ts";

/** A DPoP proof before it is signed. */
export type ProofDraft = {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  signer: Signer;
};

export type ProofSurroundings = {
  /** Seconds since 1970. */
  readonly now: number;
  /** The private key that the token is bound to. */
  readonly boundKey: JWK;
  /** A private key that is nobody's. */
  readonly foreignKey: JWK;
};

/** Seconds past every leeway that a verifier may allow. */
const WELL_OUTSIDE_S = 3600;

/** Any text of a hash's length that is the hash of no token. */
const NO_HASH = "A".repeat(43);

/** Each switch's fault, put into a draft that was good. */
export const breakProof: Readonly<
  Record<ProofSwitch, (draft: ProofDraft, surroundings: ProofSurroundings) => void>
> = {
  DontSetHtu: ({ payload }) => void delete payload["htu"],
  DontSetHtm: ({ payload }) => void delete payload["htm"],
  DontSetAth: ({ payload }) => void delete payload["ath"],
  DontSetJti: ({ payload }) => void delete payload["jti"],
  DontSetAlg: ({ header }) => void delete header["alg"],
  DontSetJwk: ({ header }) => void delete header["jwk"],
  IatPast: ({ payload }, { now }) => {
    payload["iat"] = now - WELL_OUTSIDE_S;
  },
  IatFuture: ({ payload }, { now }) => {
    payload["iat"] = now + WELL_OUTSIDE_S;
  },
  // the public key taken for a shared secret: a verifier that trusts `alg` would accept it
  SymmetricAlg: (draft, { boundKey }) => {
    draft.header["alg"] = "HS256";
    draft.signer = { kind: "HS256", secret: JSON.stringify(publicPart(boundKey)) };
  },
  PrivateKeyInJwk: ({ header }, { boundKey }) => {
    header["jwk"] = { ...publicPart(boundKey), d: boundKey.d };
  },
  InvalidTyp: ({ header }) => {
    header["typ"] = "JWT";
  },
  InvalidSignature: (draft, { foreignKey }) => {
    draft.signer = { kind: "ES256", key: foreignKey };
  },
  // sound in itself, but of another key than the token is bound to
  InvalidJkt: (draft, { foreignKey }) => {
    draft.header["jwk"] = publicPart(foreignKey);
    draft.signer = { kind: "ES256", key: foreignKey };
  },
  WrongHtu: ({ payload }) => {
    payload["htu"] = `${String(payload["htu"])}/elsewhere`;
  },
  WrongHtm: ({ payload }) => {
    payload["htm"] = payload["htm"] === "DELETE" ? "PUT" : "DELETE";
  },
  WrongAth: ({ payload }) => {
    payload["ath"] = NO_HASH;
  },
};
