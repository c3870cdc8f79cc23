import { GP_OFFICE, PATIENTS } from "./parties.ts";
import type { Client, ControllerSite, Site } from "./site.ts";

/** Since when the relationships of the demonstration last. */
const SINCE = "2026-01-01T00:00:00Z";

type TenantOptions = { readonly delivery: "feed" | "webhook"; readonly asserted?: boolean };

/** One tenant as an EHR is set up for it: the GP asserts for the whole list, others go by the controller's records. */
function tenant(
  site: Site,
  { organisation, topic }: ControllerSite,
  { delivery, asserted }: TenantOptions,
): unknown {
  return {
    serviceUrl: site.addresses.service,
    controller: organisation.number,
    topics: [topic],
    delivery,
    roster: asserted === true ? "snapshot" : "persons",
    ...(asserted === true && {
      basis: { class: "asserted", validity: { from: SINCE }, reference: "fastlegeliste" },
    }),
  };
}

type EhrOptions = {
  readonly name: string;
  readonly storeDirectory: string;
  readonly tenants: unknown[];
};

function ehr(site: Site, client: Client, { name, storeDirectory, tenants }: EhrOptions): unknown {
  return {
    name,
    organisation: client.organisation.number,
    clientId: client.clientId,
    privateJwk: client.key.privateJwk,
    issuer: site.addresses.issuer,
    allowInsecureIssuer: true,
    tenants,
    patients: Object.values(PATIENTS),
    storeDirectory,
  };
}

/** The settings of the site's three EHRs; each keeps its state in a folder of its own. */
export function ehrSettings(
  site: Site,
  storeOf: (client: Client) => string,
): { gp: unknown; ward: unknown; stranger: unknown } {
  const { municipality, hospital, gp, ward, stranger } = site;
  return {
    gp: ehr(site, gp, {
      name: GP_OFFICE.name,
      storeDirectory: storeOf(gp),
      tenants: [
        tenant(site, municipality, { delivery: "feed", asserted: true }),
        tenant(site, hospital, { delivery: "feed" }),
      ],
    }),
    ward: ehr(site, ward, {
      name: `${ward.organisation.name}, lungeposten`,
      storeDirectory: storeOf(ward),
      tenants: [tenant(site, municipality, { delivery: "webhook" })],
    }),
    stranger: ehr(site, stranger, {
      name: stranger.organisation.name,
      storeDirectory: storeOf(stranger),
      tenants: [
        tenant(site, municipality, { delivery: "feed" }),
        tenant(site, hospital, { delivery: "feed" }),
      ],
    }),
  };
}
