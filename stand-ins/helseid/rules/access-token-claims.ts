import { claimNames } from "./claim-names.ts";
import type { KnownPractitioner } from "../registration/directory.ts";
import type { Attestation } from "./enrich-attestation.ts";
import type { Organisation } from "./organisation.ts";

export type TokenSubject = {
  readonly clientName: string;
  readonly organisation: Organisation;
  readonly practitioner?: KnownPractitioner | undefined;
  readonly attestation?: Attestation | undefined;
};

/** HelseID's own claims of an access token; claims without a value are left out. */
export function accessTokenClaims(subject: TokenSubject): Record<string, unknown> {
  const { organisation, practitioner, attestation } = subject;
  const claims = {
    [claimNames.clientName]: subject.clientName,
    [claimNames.clientAmr]: "private_key_jwt",
    [claimNames.clientTenancy]: organisation.tenancy,
    [claimNames.orgnrParent]: organisation.parent,
    [claimNames.orgnrChild]: organisation.child,
    [claimNames.orgnrSupplier]: organisation.supplier,
    ...(practitioner !== undefined && practitionerClaims(practitioner)),
    [claimNames.trustFramework]: attestation,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/** The claims of a logged-in person; the login is always at the highest level. */
export function practitionerClaims(person: KnownPractitioner): Record<string, string | undefined> {
  return {
    name: person.name,
    idp: "stand-in",
    [claimNames.pid]: person.identityNumber,
    [claimNames.securityLevel]: "4",
    [claimNames.assuranceLevel]: "high",
    [claimNames.hprNumber]: person.hprNumber,
  };
}
