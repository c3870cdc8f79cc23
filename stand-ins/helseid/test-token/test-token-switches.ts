/**
 * What can be wrong with a proof, under the names of NHN's test-token service; the last three are
 * ours.
 */
export const proofSwitches = [
  "DontSetHtu",
  "DontSetHtm",
  "IatPast",
  "IatFuture",
  "DontSetAth",
  "DontSetAlg",
  "DontSetJwk",
  "DontSetJti",
  "SymmetricAlg",
  "PrivateKeyInJwk",
  "InvalidTyp",
  "InvalidSignature",
  "InvalidJkt",
  "WrongHtu",
  "WrongHtm",
  "WrongAth",
] as const;

/** What can be wrong with an access token. */
export const tokenSwitches = [
  "InvalidSigningKey",
  "InvalidIssuer",
  "InvalidAudience",
  "Expired",
  "NotYetValid",
  "InvalidTokenTyp",
  "TokenAlgNone",
  "MissingCnf",
  "AttestationStale",
  "AttestationWrongPerson",
] as const;

export type ProofSwitch = (typeof proofSwitches)[number];
export type TokenSwitch = (typeof tokenSwitches)[number];
