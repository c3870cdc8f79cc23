import {
  type ClientKey,
  newClientKey,
  newMasterKey,
  newNatsUser,
  type NatsUser,
} from "./credentials.ts";

/** What a controller's side keeps secret. */
export type ControllerKeys = {
  readonly masterKey: string;
  readonly service: NatsUser;
  readonly source: NatsUser;
  readonly client: ClientKey;
};

/** Everything about a site that is invented once and must stay: without it, stores cannot be read. */
export type SiteKeys = {
  readonly municipality: ControllerKeys;
  readonly hospital: ControllerKeys;
  readonly gp: ClientKey;
  readonly ward: ClientKey;
  readonly stranger: ClientKey;
};

export async function newSiteKeys(): Promise<SiteKeys> {
  return {
    municipality: await newControllerKeys(),
    hospital: await newControllerKeys(),
    gp: await newClientKey(),
    ward: await newClientKey(),
    stranger: await newClientKey(),
  };
}

async function newControllerKeys(): Promise<ControllerKeys> {
  return {
    masterKey: newMasterKey(),
    service: newNatsUser(),
    source: newNatsUser(),
    client: await newClientKey(),
  };
}
