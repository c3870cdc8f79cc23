import { isIdentityNumber } from "#schemas/identity-number";
import { isOrganisationNumber } from "#schemas/organisation-number";
import type { AttestationRefusal } from "./attestation-rules.ts";
import { ATTESTATION_TYPE } from "./attestation-wire.ts";
import { readAttestation, type Attestation } from "./attestation.ts";
import type { VerifiedClaims } from "./verify-access-token.ts";

const SECURITY_LEVELS = ["2", "3", "4"] as const;
type SecurityLevel = (typeof SECURITY_LEVELS)[number];

/** Longest name that is taken from a token. */
const MAX_NAME_CHARS = 256;

/** The person logged in at the caller. */
export type Practitioner = {
  readonly identityNumber: string;
  readonly hprNumber?: string;
  readonly name?: string;
  /** How well the login proves who it is; "4" is the highest. */
  readonly securityLevel: SecurityLevel;
};

/** Who is calling, as a verified HelseID token says it. */
export type Caller = {
  readonly clientId: string;
  /** The legal entity that the client acts for. */
  readonly organisation: string;
  /** The sub-unit, where the token names one. */
  readonly unit?: string;
  /** The supplier that holds the delegation, where the client serves several organisations. */
  readonly supplier?: string;
  readonly scopes: ReadonlySet<string>;
  readonly tokenId: string;
  /** Only with a person logged in; a machine calling for itself has none. */
  readonly practitioner?: Practitioner;
  readonly attestation?: Attestation;
};

type CallerRefusal =
  | "no-organisation"
  | "organisation-number"
  | "scope"
  | "identity-number"
  | "security-level"
  | "hpr-number"
  | "name";

export type CallerOutcome =
  | { readonly kind: "known"; readonly caller: Caller }
  | { readonly kind: "refused"; readonly reason: CallerRefusal }
  | {
      readonly kind: "attestation-refused";
      readonly reason: AttestationRefusal;
      readonly detail?: string;
    };

const CLIENT_CLAIMS = "helseid://claims/client/claims/";
const IDENTITY_CLAIMS = "helseid://claims/identity/";

type Read<T> = { readonly value: T } | { readonly refused: CallerRefusal };

type Organisations = Pick<Caller, "organisation" | "unit" | "supplier">;

/**
 * Builds the caller from a verified token's claims (HelseID, "Access token claims"). A claim that
 * is there but cannot be true refuses the token: it is never passed over as if it were absent.
 */
export function callerFrom(claims: VerifiedClaims, now: number): CallerOutcome {
  const organisations = organisationsOf(claims);
  if ("refused" in organisations) return { kind: "refused", reason: organisations.refused };
  const scopes = scopesOf(claims["scope"]);
  if ("refused" in scopes) return { kind: "refused", reason: scopes.refused };
  const practitioner = practitionerOf(claims);
  if ("refused" in practitioner) return { kind: "refused", reason: practitioner.refused };
  return withAttestation(claims, now, {
    clientId: claims.client_id,
    ...organisations.value,
    scopes: scopes.value,
    tokenId: claims.jti,
    ...(practitioner.value && { practitioner: practitioner.value }),
  });
}

function withAttestation(claims: VerifiedClaims, now: number, caller: Caller): CallerOutcome {
  const { identityNumber, hprNumber } = caller.practitioner ?? {};
  const read = readAttestation(claims[ATTESTATION_TYPE], {
    organisation: caller.organisation,
    ...(identityNumber !== undefined && { identityNumber }),
    ...(hprNumber !== undefined && { hprNumber }),
    now,
  });
  if (read.kind === "refused") return { ...read, kind: "attestation-refused" };
  if (read.kind === "none") return { kind: "known", caller };
  return { kind: "known", caller: { ...caller, attestation: read.attestation } };
}

function organisationsOf(claims: VerifiedClaims): Read<Organisations> {
  const organisation = claims[`${CLIENT_CLAIMS}orgnr_parent`];
  const unit = claims[`${CLIENT_CLAIMS}orgnr_child`];
  const supplier = claims[`${CLIENT_CLAIMS}orgnr_supplier`];
  if (organisation === undefined) return { refused: "no-organisation" };
  if (!isOrganisation(organisation)) return { refused: "organisation-number" };
  if (unit !== undefined && !isOrganisation(unit)) return { refused: "organisation-number" };
  if (supplier !== undefined && !isOrganisation(supplier)) {
    return { refused: "organisation-number" };
  }
  return {
    value: { organisation, ...(unit && { unit }), ...(supplier && { supplier }) },
  };
}

function isOrganisation(claim: unknown): claim is string {
  return typeof claim === "string" && isOrganisationNumber(claim);
}

/** Space-separated (RFC 9068) or, as the issuer's software may be set to write it, an array. */
function scopesOf(claim: unknown): Read<ReadonlySet<string>> {
  if (claim === undefined) return { value: new Set() };
  const scopes: unknown[] = typeof claim === "string" ? claim.split(" ") : [claim].flat();
  const texts = scopes.filter((scope) => typeof scope === "string");
  if (texts.length !== scopes.length) return { refused: "scope" };
  return { value: new Set(texts.filter((scope) => scope !== "")) };
}

function practitionerOf(claims: VerifiedClaims): Read<Practitioner | undefined> {
  const identityNumber = claims[`${IDENTITY_CLAIMS}pid`];
  if (identityNumber === undefined) return { value: undefined };
  if (typeof identityNumber !== "string" || !isIdentityNumber(identityNumber)) {
    return { refused: "identity-number" };
  }
  const level = claims[`${IDENTITY_CLAIMS}security_level`];
  const securityLevel = SECURITY_LEVELS.find((known) => known === level);
  if (securityLevel === undefined) return { refused: "security-level" };
  const { name, "helseid://claims/hpr/hpr_number": hprNumber } = claims;
  if (!isNameOrNothing(name)) return { refused: "name" };
  if (!isHprNumberOrNothing(hprNumber)) return { refused: "hpr-number" };
  return {
    value: {
      identityNumber,
      securityLevel,
      ...(hprNumber && { hprNumber }),
      ...(name && { name }),
    },
  };
}

function isNameOrNothing(claim: unknown): claim is string | undefined {
  return claim === undefined || (typeof claim === "string" && claim.length <= MAX_NAME_CHARS);
}

function isHprNumberOrNothing(claim: unknown): claim is string | undefined {
  return claim === undefined || (typeof claim === "string" && /^[0-9]{1,9}$/.test(claim));
}
