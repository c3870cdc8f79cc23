import { randomUUID } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { accessTokenClaims } from "../rules/access-token-claims.ts";
import { readElement } from "../rules/authorization-element.ts";
import type { TokenDraft } from "./break-token.ts";
import { claimNames } from "../rules/claim-names.ts";
import {
  knownPractitioner,
  type Directory,
  type KnownPractitioner,
} from "../registration/directory.ts";
import { completeAttestation, type Attestation } from "../rules/enrich-attestation.ts";
import type { Organisation } from "../rules/organisation.ts";
import type { TestTokenRequest } from "./test-token-request.ts";
import { ACCESS_TOKEN_LIFE_S } from "../rules/token-lives.ts";

export type Minting = {
  readonly issuer: string;
  readonly directory: Directory;
  /** The private key that signs the provider's own tokens. */
  readonly signingKey: JWK;
  /** Seconds since 1970. */
  readonly now: number;
};

/** A faultless token for the request, as a login or a client's own request would give. */
export async function draftToken(
  request: TestTokenRequest,
  minting: Minting,
  dpopKey: JWK,
): Promise<TokenDraft> {
  const { issuer, directory, signingKey, now } = minting;
  const practitioner = request.practitioner && knownPractitioner(request.practitioner);
  const payload = {
    ...helseidClaims(request, { directory, practitioner, now }),
    iss: issuer,
    sub: practitioner?.sub ?? request.client,
    aud: request.audience ?? audienceOf(request.scopes),
    client_id: request.client,
    scope: request.scopes.join(" "),
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + (request.lifetimeSeconds ?? ACCESS_TOKEN_LIFE_S),
    cnf: { jkt: await calculateJwkThumbprint(dpopKey) },
  };
  return {
    header: { alg: "ES256", typ: "at+jwt", kid: signingKey.kid },
    payload,
    attestation: practitioner && attestationOf(request, practitioner, now),
    signer: { kind: "ES256", key: signingKey },
  };
}

function helseidClaims(
  request: TestTokenRequest,
  known: { directory: Directory; practitioner: KnownPractitioner | undefined; now: number },
): Record<string, unknown> {
  const { directory, practitioner, now } = known;
  return {
    ...accessTokenClaims({
      clientName: directory.client(request.client)?.name ?? request.client,
      organisation: organisationOf(request, directory),
      practitioner,
    }),
    ...(practitioner && { amr: ["pwd"], auth_time: now }),
    ...(request.attestation && { [claimNames.trustFramework]: request.attestation }),
  };
}

function audienceOf([first = ""]: readonly string[]): string {
  return first.slice(0, Math.max(first.lastIndexOf("/"), 0));
}

function organisationOf(
  { client, organisation }: TestTokenRequest,
  directory: Directory,
): Organisation {
  const registered = directory.client(client);
  if (registered === undefined) return { tenancy: "single-tenant", ...organisation };
  const owner = registered.organisation;
  const roles = {
    "single-tenant": { parent: owner },
    "multi-tenant": { supplier: owner },
    none: {},
  };
  return { tenancy: registered.tenancy, ...roles[registered.tenancy], ...organisation };
}

function attestationOf(
  { attestation }: TestTokenRequest,
  practitioner: KnownPractitioner,
  madeAt: number,
): Attestation | undefined {
  const read = readElement(attestation);
  if (!read.ok || read.value.attestation === undefined) return undefined;
  return completeAttestation(read.value.attestation, { practitioner, madeAt });
}
