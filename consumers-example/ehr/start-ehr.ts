import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { pause as realPause } from "../client/backoff.ts";
import { EventReader } from "../client/event-reader.ts";
import { connectHelseid, type HelseidConnection } from "../client/helseid-connection.ts";
import { createPractitionerLogin } from "../client/practitioner-login.ts";
import { createSignedFetch, type SignedFetch } from "../client/signed-fetch.ts";
import { SUBSCRIBE_SCOPE, TenantApi } from "../client/tenant-api.ts";
import { createTokenClient } from "../client/token-client.ts";
import { WebhookReceiver } from "../client/webhook-receiver.ts";
import type { EhrSettings, TenantSettings } from "./ehr-settings.ts";
import { openEhrStores, type EhrStores } from "./ehr-stores.ts";
import { NoticeOpening } from "./notice-opening.ts";
import { receiveEvent } from "./receive-event.ts";
import { TenantConnection } from "./tenant-connection.ts";
import { buildEhrServer } from "./web/ehr-server.ts";
import { PendingLogins } from "./web/pending-logins.ts";
import { Sessions } from "./web/sessions.ts";
import { webhookEndpoints, webhookUrl } from "./webhook-endpoint.ts";

export type EhrOptions = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly publicUrl?: string | undefined;
  readonly settings: EhrSettings;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly pause?: typeof realPause;
};

export type Ehr = AsyncDisposable & {
  readonly url: string;
  /** Settles when the EHR has stopped; rejects when it can no longer store what it receives. */
  readonly stopped: Promise<void>;
};

/** Starts an EHR: it listens, subscribes at its tenants in the background, and fills its inbox. */
export async function startEhr(options: EhrOptions): Promise<Ehr> {
  await using starting = new AsyncDisposableStack();
  const stores = starting.use(openEhrStores(options.settings, options.now ?? Date.now));
  const helseid = await connectHelseid({
    ...options.settings,
    allowInsecureIssuer: options.settings.allowInsecureIssuer ?? false,
    ...(options.now !== undefined && { now: options.now }),
  });
  const ehr = new RunningEhr(options, stores, helseid);
  starting.defer(() => ehr.stop());
  const url = await ehr.start();
  const running = starting.move();
  return {
    url,
    stopped: ehr.stopped,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

class RunningEhr {
  readonly #options: EhrOptions;
  readonly #stores: EhrStores;
  readonly #helseid: HelseidConnection;
  readonly #reader: EventReader;
  readonly #server: FastifyInstance;
  readonly #abort = new AbortController();
  #connections: TenantConnection[] = [];
  #url = "";
  #work: Promise<void> = Promise.resolve();

  constructor(options: EhrOptions, stores: EhrStores, helseid: HelseidConnection) {
    this.#options = options;
    this.#stores = stores;
    this.#helseid = helseid;
    this.#reader = this.#buildReader();
    this.#server = this.#buildServer();
  }

  get stopped(): Promise<void> {
    return this.#work;
  }

  async start(): Promise<string> {
    const { host, port, publicUrl, settings } = this.#options;
    const listening = await this.#server.listen({ host, port });
    this.#url = publicUrl ?? listening;
    const fetch = this.#machineFetch();
    this.#connections = settings.tenants.map((tenant) => this.#connect(tenant, fetch));
    const runs = this.#connections.map((connection) => connection.run(this.#abort.signal));
    this.#work = Promise.all([this.#fillInbox(), ...runs]).then(() => undefined);
    this.#work.catch(() => undefined); // heard of through `stopped`, by whoever wants to
    return this.#url;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#reader.close();
    await this.#server.close();
    await this.#work.catch(() => undefined); // whoever waits for `stopped` has heard of it
  }

  /** The next event is asked for, and the position moved, when this one lies on disk. */
  async #fillInbox(): Promise<void> {
    for await (const received of this.#reader) receiveEvent(received, this.#stores);
  }

  #machineFetch(): SignedFetch {
    const tokens = createTokenClient(this.#helseid);
    return createSignedFetch(this.#helseid, {
      get: () => tokens.machineToken(SUBSCRIBE_SCOPE),
      forget: (token) => tokens.forget(token),
    });
  }

  #connect(settings: TenantSettings, fetch: SignedFetch): TenantConnection {
    const { log, random = Math.random, pause = realPause } = this.#options;
    const parts = {
      ...this.#stores,
      api: new TenantApi(fetch, settings),
      settings,
      consumer: this.#options.settings.organisation,
      webhookUrl: webhookUrl(this.#url, settings.controller),
    };
    return new TenantConnection({ parts, reader: this.#reader, log, random, pause });
  }

  #connectionTo(tenant: string): TenantConnection | undefined {
    return this.#connections.find(({ controller }) => controller === tenant);
  }

  #buildReader(): EventReader {
    const { now, random, pause } = this.#options;
    return new EventReader({
      cursors: this.#stores.cursors,
      onGap: ({ tenant, ...gap }) => this.#connectionTo(tenant)?.miss(gap),
      onUnreadable: ({ tenant, subscription, raw }) =>
        this.#stores.inbox.keepUnreadable(tenant, subscription, raw),
      onTrouble: ({ tenant, ...trouble }) => this.#connectionTo(tenant)?.hear(trouble),
      ...(now !== undefined && { now }),
      ...(random !== undefined && { random }),
      ...(pause !== undefined && { pause }),
    });
  }

  #buildServer(): FastifyInstance {
    const { settings, log, now = Date.now } = this.#options;
    const { inbox, tenants, cursors, memory } = this.#stores;
    const receiver = new WebhookReceiver({
      endpointOf: webhookEndpoints(settings, tenants),
      cursors,
      memory,
      handle: (received) => receiveEvent(received, this.#stores),
      onUnreadable: ({ tenant, subscription, raw }) =>
        inbox.keepUnreadable(tenant, subscription, raw),
      onGap: ({ tenant, ...gap }) => this.#connectionTo(tenant)?.miss(gap),
      now,
    });
    const parts = {
      name: settings.name,
      publicUrl: () => this.#url,
      issuerOrigin: new URL(settings.issuer).origin,
      login: createPractitionerLogin(this.#helseid),
      sessions: new Sessions(now),
      pending: new PendingLogins(now),
      inbox,
      opening: new NoticeOpening({
        ...this.#stores,
        helseid: this.#helseid,
        organisation: settings.organisation,
        healthcareService: settings.healthcareService,
      }),
      status: () => this.#connections.map((connection) => connection.status()),
      scriptToken: settings.scriptToken,
    };
    return buildEhrServer({ parts, receiver, log });
  }
}
