import type { JWK } from "jose";
import type { Attestation } from "../rules/enrich-attestation.ts";
import type { Signer } from "./sign-jws.ts";
import type { TokenSwitch } from "./test-token-switches.ts";

/** An access token before it is signed. */
export type TokenDraft = {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  attestation: Attestation | undefined;
  signer: Signer;
};

export type TokenSurroundings = {
  /** Seconds since 1970. */
  readonly now: number;
  readonly lifeSeconds: number;
  /** A private key that is nobody's. */
  readonly foreignKey: JWK;
};

/** Seconds past every leeway that a verifier may allow. */
const WELL_OUTSIDE_S = 3600;

/** The trust framework's longest age of an attestation (ATT-58), and a minute more. */
const STALE_AGE_S = 61 * 60;

const SYNTHETIC_NUMBERS = ["01817012309", "12819045672"];

/** Each switch's fault, put into a draft that was good. */
export const breakToken: Readonly<
  Record<TokenSwitch, (draft: TokenDraft, surroundings: TokenSurroundings) => void>
> = {
  // under the published key's id: only the signature tells
  InvalidSigningKey: (draft, { foreignKey }) => {
    draft.signer = { kind: "ES256", key: foreignKey };
  },
  InvalidIssuer: ({ payload }) => {
    payload["iss"] = "https://not-the-issuer.example";
  },
  InvalidAudience: ({ payload }) => {
    payload["aud"] = "urn:not-the-audience";
  },
  Expired: ({ payload }, { now, lifeSeconds }) =>
    placeInTime(payload, now - WELL_OUTSIDE_S - lifeSeconds, lifeSeconds),
  NotYetValid: ({ payload }, { now, lifeSeconds }) =>
    placeInTime(payload, now + WELL_OUTSIDE_S, lifeSeconds),
  InvalidTokenTyp: ({ header }) => {
    header["typ"] = "logout+jwt";
  },
  TokenAlgNone: (draft) => {
    draft.header["alg"] = "none";
    draft.signer = { kind: "none" };
  },
  MissingCnf: ({ payload }) => {
    delete payload["cnf"];
  },
  AttestationStale: (draft, { now }) => {
    if (draft.attestation) draft.attestation = { ...draft.attestation, toa: now - STALE_AGE_S };
  },
  AttestationWrongPerson: (draft) => {
    if (draft.attestation) draft.attestation = ofSomeoneElse(draft.attestation);
  },
};

function placeInTime(payload: TokenDraft["payload"], from: number, lifeSeconds: number): void {
  Object.assign(payload, { iat: from, nbf: from, exp: from + lifeSeconds });
}

function ofSomeoneElse(attestation: Attestation): Attestation {
  const { practitioner } = attestation;
  if (practitioner.identifier === undefined) return attestation;
  const other = SYNTHETIC_NUMBERS.find((number) => number !== practitioner.identifier?.id) ?? "";
  const identifier = { ...practitioner.identifier, id: other };
  return { ...attestation, practitioner: { ...practitioner, identifier } };
}
