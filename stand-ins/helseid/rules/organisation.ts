import type { OrganisationElement } from "./authorization-element.ts";
import { granted, refused, type Outcome } from "./outcome.ts";
import type { ClientRegistration } from "../registration/registration-schema.ts";

/** The organisation that a token is for; what a claim has no value for is left out. */
export type Organisation = {
  readonly tenancy: ClientRegistration["tenancy"];
  /** Main unit (legal entity). */
  readonly parent?: string;
  /** Sub-unit, the place of treatment. */
  readonly child?: string;
  /** The owner of a multi-tenant client. */
  readonly supplier?: string;
};

const SINGLE_TENANT_SYSTEM = "urn:oid:2.16.578.1.12.4.1.4.101";
const MULTI_TENANT_SYSTEM = "urn:oid:1.0.6523";

/** `NO:ORGNR:<parent>:<child>`; the colon after the parent stays when there is no child. */
const MULTI_TENANT_VALUE = /^NO:ORGNR:([1-9][0-9]{8}):([1-9][0-9]{8})?$/;

/** Decides whose behalf a client acts on, from its registration and what its assertion says. */
export function decideOrganisation(
  client: ClientRegistration,
  element: OrganisationElement | undefined,
): Outcome<Organisation> {
  return deciders[client.tenancy](client, element);
}

type Decider = typeof decideOrganisation;

const deciders: Readonly<Record<ClientRegistration["tenancy"], Decider>> = {
  "single-tenant": singleTenant,
  "multi-tenant": multiTenant,
  none: withoutTenancy,
};

function withoutTenancy(...[, element]: Parameters<Decider>): Outcome<Organisation> {
  return element === undefined
    ? granted({ tenancy: "none" })
    : refused("access_denied", "a client without tenancy acts for no organisation");
}

function singleTenant(
  client: ClientRegistration,
  element: OrganisationElement | undefined,
): Outcome<Organisation> {
  const organisation = { tenancy: client.tenancy, parent: client.organisation };
  if (element === undefined) return granted(organisation);
  const { system, value } = element.practitioner_role.organization.identifier;
  if (system !== SINGLE_TENANT_SYSTEM) {
    return malformed(`a single-tenant client names its sub-unit with ${SINGLE_TENANT_SYSTEM}`);
  }
  return client.childOrganisations?.includes(value) === true
    ? granted({ ...organisation, child: value })
    : refused("access_denied", "the organisation is not a registered sub-unit of the client");
}

function multiTenant(
  client: ClientRegistration,
  element: OrganisationElement | undefined,
): Outcome<Organisation> {
  if (element === undefined) {
    return malformed("a multi-tenant client names an organisation: element helseid_authorization");
  }
  const { system, value } = element.practitioner_role.organization.identifier;
  const [, parent, child] = MULTI_TENANT_VALUE.exec(value) ?? [];
  if (system !== MULTI_TENANT_SYSTEM || parent === undefined) {
    return malformed(
      `a multi-tenant client writes NO:ORGNR:<parent>:<child> with ${MULTI_TENANT_SYSTEM}`,
    );
  }
  if (client.delegatedFrom?.includes(parent) !== true) {
    return refused("access_denied", "the organisation has not delegated to the client's supplier");
  }
  const organisation = { tenancy: client.tenancy, parent, supplier: client.organisation };
  return granted(child === undefined ? organisation : { ...organisation, child });
}

function malformed(description: string): Outcome<never> {
  return refused("invalid_authorization_details", description);
}
