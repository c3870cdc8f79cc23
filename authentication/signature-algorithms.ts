/**
 * What tokens and proofs may be signed with unless configured otherwise. HelseID follows FAPI 2.0;
 * RS256 and its kin are left to configuration, symmetric algorithms and `none` to nobody.
 */
export const DEFAULT_ALGORITHMS: readonly string[] = [
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
];

const ASYMMETRIC = /^(?:RS|PS|ES)(?:256|384|512)$|^(?:EdDSA|Ed25519)$/;

/** The list as it may be used. Throws a TypeError for an empty one or one with a weak member. */
export function asymmetricAlgorithms(algorithms: readonly string[]): readonly string[] {
  const weak = algorithms.filter((algorithm) => !ASYMMETRIC.test(algorithm));
  if (algorithms.length === 0) throw new TypeError("at least one signature algorithm is needed");
  if (weak.length > 0) throw new TypeError(`not asymmetric algorithms: ${weak.join(", ")}`);
  return algorithms;
}
