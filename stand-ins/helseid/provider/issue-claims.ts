import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from "oidc-provider";
import { accessTokenClaims } from "../rules/access-token-claims.ts";
import type { AuthorizationDetails } from "../rules/authorization-element.ts";
import type { Directory, KnownPractitioner } from "../registration/directory.ts";
import { enrichAttestation, type Attestation } from "../rules/enrich-attestation.ts";
import type { ExpiringMap } from "./expiring-map.ts";
import { decideOrganisation, type Organisation } from "../rules/organisation.ts";
import { refused, unwrap } from "../rules/outcome.ts";
import type { ClientRegistration } from "../registration/registration-schema.ts";
import { detailsAtToken } from "./requested-details.ts";

/** The structures pushed before a login, by the grant that the login gave. */
export type PushedDetails = ExpiringMap<unknown[]>;

type Login = { readonly practitioner: KnownPractitioner; readonly claims: Record<string, unknown> };

/**
 * The claims that HelseID adds to an access token, decided from the client's registration, its
 * structures and the login. @throws a refusal as an OAuth error, so that no token is issued
 */
export function issueClaims(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  known: { readonly directory: Directory; readonly pushed: PushedDetails },
): Record<string, unknown> {
  const client = registrationOf(ctx, known.directory);
  const login = loginOf(ctx, token, known.directory);
  const pushed = "grantId" in token ? known.pushed.get(token.grantId) : undefined;
  const details = detailsAtToken(ctx, pushed ?? []);
  const organisation = unwrap(decideOrganisation(client, details.organisation));
  const madeAt = (pushed && ctx.oidc.entities.AuthorizationCode?.iat) ?? secondsNow();
  const attestation = attestationOf(details, { login, organisation, madeAt });
  return {
    nbf: secondsNow(),
    ...login?.claims,
    ...accessTokenClaims({
      clientName: client.name,
      organisation,
      practitioner: login?.practitioner,
      attestation,
    }),
  };
}

/** The registration of the client that a request comes from. */
export function registrationOf(ctx: KoaContextWithOIDC, directory: Directory): ClientRegistration {
  const client = directory.client(ctx.oidc.client?.clientId ?? "");
  if (client === undefined) throw new TypeError("a request without a registered client");
  return client;
}

function loginOf(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  directory: Directory,
): Login | undefined {
  if (!("accountId" in token)) return undefined;
  const practitioner = directory.practitioner(token.accountId);
  if (practitioner === undefined) throw new TypeError("a login of an unknown practitioner");
  const { amr, authTime } = ctx.oidc.entities.AuthorizationCode ?? {};
  return { practitioner, claims: { amr, auth_time: authTime } };
}

function attestationOf(
  { attestation }: AuthorizationDetails,
  context: { login: Login | undefined; organisation: Organisation; madeAt: number },
): Attestation | undefined {
  if (attestation === undefined) return undefined;
  const { login, organisation, madeAt } = context;
  return unwrap(
    login === undefined
      ? refused("access_denied", "an attestation needs a practitioner who has logged in")
      : enrichAttestation(attestation, {
          practitioner: login.practitioner,
          organisation,
          madeAt,
        }),
  );
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}
