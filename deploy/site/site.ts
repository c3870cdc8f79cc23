import type { JWK } from "jose";
import type { ClientKey, NatsUser } from "./credentials.ts";
import { type NatsAccount, tenantAccount } from "./nats-accounts.ts";
import {
  GP_OFFICE,
  HOSPITAL,
  MUNICIPALITY,
  type Organisation,
  PRACTITIONERS,
  STRANGER,
} from "./parties.ts";
import { type ControllerKeys, newSiteKeys, type SiteKeys } from "./site-keys.ts";

/** Where the parts of a site are reached. */
export type Addresses = {
  readonly issuer: string;
  readonly service: string;
  readonly measurements: string;
  readonly plans: string;
  readonly gp: string;
  readonly ward: string;
  readonly stranger: string;
};

export const EVENTS_AUDIENCE = "hendelsesstrom:events";

/** A system that calls others with tokens of its own. */
export type Client = {
  readonly clientId: string;
  readonly organisation: Organisation;
  readonly key: ClientKey;
  readonly scopes: readonly string[];
  readonly redirectUri?: string;
};

/** A controller's side: its tenant's keys and credentials, its source, and its own system. */
export type ControllerSite = {
  readonly organisation: Organisation;
  readonly topic: "measurement" | "plan";
  readonly system: string;
  readonly url: string;
  readonly audience: string;
  readonly masterKey: string;
  readonly service: NatsUser;
  readonly source: NatsUser;
  /** Administers agreements, relationships and blocks, and records at the source. */
  readonly client: Client;
};

export type Site = {
  readonly addresses: Addresses;
  readonly municipality: ControllerSite;
  readonly hospital: ControllerSite;
  readonly gp: Client;
  readonly ward: Client;
  readonly stranger: Client;
};

/** A site with two controllers and three consumers, all keys and credentials invented. */
export async function createSite(addresses: Addresses): Promise<Site> {
  return siteWith(await newSiteKeys(), addresses);
}

/** The site whose keys these are: the same as before when only addresses have changed. */
export function siteWith(keys: SiteKeys, addresses: Addresses): Site {
  const municipality = controllerSite(keys.municipality, {
    organisation: MUNICIPALITY,
    topic: "measurement",
    system: "dho",
    url: addresses.measurements,
  });
  const hospital = controllerSite(keys.hospital, {
    organisation: HOSPITAL,
    topic: "plan",
    system: "plan",
    url: addresses.plans,
  });
  const scopes = [
    `${EVENTS_AUDIENCE}/subscribe`,
    `${municipality.audience}/read`,
    `${hospital.audience}/read`,
  ];
  const ehr = (name: "gp" | "ward" | "stranger", organisation: Organisation): Client => ({
    clientId: `${name}-ehr`,
    organisation,
    key: keys[name],
    scopes,
    redirectUri: `${addresses[name]}/innlogging/tilbake`,
  });
  return {
    addresses,
    municipality,
    hospital,
    gp: ehr("gp", GP_OFFICE),
    ward: ehr("ward", HOSPITAL),
    stranger: ehr("stranger", STRANGER),
  };
}

type ControllerOptions = Pick<ControllerSite, "organisation" | "topic" | "system" | "url">;

function controllerSite(
  keys: ControllerKeys,
  { organisation, topic, system, url }: ControllerOptions,
): ControllerSite {
  const audience = `hendelsesstrom:${topic}s-${organisation.number}`;
  const scopes = ["administer", "publish"].map((name) => `${EVENTS_AUDIENCE}/${name}`);
  return {
    organisation,
    topic,
    system,
    url,
    audience,
    masterKey: keys.masterKey,
    service: keys.service,
    source: keys.source,
    client: {
      clientId: `${topic}-controller`,
      organisation,
      key: keys.client,
      scopes: [...scopes, `${audience}/record`],
    },
  };
}

export function natsAccounts({ municipality, hospital }: Site): NatsAccount[] {
  return [municipality, hospital].map(({ organisation, service, source }) =>
    tenantAccount(organisation.number, service, source),
  );
}

/** The service's list of tenants. */
export function tenantsFile({ municipality, hospital }: Site): unknown {
  const tenants = [municipality, hospital].map(
    ({ organisation, topic, url, audience, masterKey, service }) => ({
      controller: organisation.number,
      name: organisation.name,
      natsSeed: service.seed,
      masterKey,
      sharing: [{ topic, url, audience }],
    }),
  );
  return { tenants };
}

/** What the HelseID stand-in knows: clients, practitioners, and the APIs with their scopes. */
export function helseidRegistrations(site: Site): unknown {
  const { municipality, hospital, gp, ward, stranger } = site;
  const clients = [municipality.client, hospital.client, gp, ward, stranger].map((client) => ({
    clientId: client.clientId,
    name: client.organisation.name,
    organisation: client.organisation.number,
    tenancy: "single-tenant",
    scopes: client.scopes,
    grants:
      client.redirectUri === undefined
        ? ["client_credentials"]
        : ["client_credentials", "authorization_code"],
    ...(client.redirectUri !== undefined && { redirectUris: [client.redirectUri] }),
    jwks: { keys: [client.key.publicJwk] satisfies JWK[] },
  }));
  const sharing = Object.fromEntries(
    [municipality, hospital].map(({ audience }) => [audience, ["read", "record"]]),
  );
  return {
    clients,
    practitioners: Object.values(PRACTITIONERS),
    audiences: { [EVENTS_AUDIENCE]: ["subscribe", "publish", "administer"], ...sharing },
  };
}
