import { TOPICS } from "#schemas/event-types";
import { MEASUREMENTS, PLANS } from "./helseid-client.ts";
import {
  newId,
  notification,
  pageOf,
  startScriptedServer,
  type Call,
  type Reply,
  type ScriptedServer,
} from "./scripted-tenant.ts";

/** One tenant and its source, with the state that a consumer sees. */
export type ScriptedTenant = AsyncDisposable & {
  readonly controller: string;
  readonly server: ScriptedServer;
  readonly source: ScriptedServer;
  /** What the source says to a lookup, by the last part of its address. */
  readonly resources: Map<string, Reply>;
  /** Subscriptions by id, as they were asked for. */
  readonly subscriptions: Map<string, ScriptedSubscription>;
  /** The handle that a person has here. */
  handleOf(identityNumber: string): string;
  /** Tells every subscription of something about a patient; the answer is the events' common part. */
  tell(identityNumber: string, overrides?: Record<string, unknown>): Record<string, unknown>;
  /** Puts an event as it is into every subscription. */
  push(event: (subscription: string, number: number) => unknown): void;
  /** While set, the service answers this to everything. */
  outage: Reply | undefined;
  /** The state in which new subscriptions begin. */
  firstState: string;
};

export type ScriptedSubscription = {
  readonly body: Record<string, unknown>;
  readonly secret: string | undefined;
  roster: string[];
  readonly log: unknown[];
  state: string;
};

export type ScriptedTenantOptions = {
  readonly controller: string;
  readonly name: string;
  readonly topic: "measurement" | "plan";
};

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export async function startScriptedTenant(options: ScriptedTenantOptions): Promise<ScriptedTenant> {
  const resources = new Map<string, Reply>();
  const subscriptions = new Map<string, ScriptedSubscription>();
  const handles = new Map<string, string>();
  const handleOf = (person: string): string => {
    const handle = handles.get(person) ?? newId();
    handles.set(person, handle);
    return handle;
  };
  const source = await startScriptedServer(
    ({ path }) => resources.get(path.split("/").at(-1) ?? "") ?? { status: 404 },
  );
  const info = infoOf(options, source.url);
  const server = await startScriptedServer(
    (call) =>
      tenant.outage ??
      answer(call, { info, subscriptions, handleOf, firstState: tenant.firstState }),
  );
  const push: ScriptedTenant["push"] = (event) => {
    for (const [id, { log }] of subscriptions) log.push(event(id, log.length + 1));
  };
  const tenant: ScriptedTenant = {
    controller: options.controller,
    server,
    source,
    resources,
    subscriptions,
    handleOf,
    push,
    outage: undefined,
    firstState: "active",
    tell(person, overrides = {}) {
      const { resourceType } = TOPICS[options.topic];
      const about = {
        id: newId(),
        source: `urn:no:orgnr:${options.controller}:test`,
        type: `no.hendelsesstrom.${options.topic}.created.v1`,
        subject: handleOf(person),
        dataref: `${source.url}/fhir/${resourceType}/${newId()}`,
        ...overrides,
      };
      push((id, number) => notification(id, number, about));
      return about;
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    },
  };
  return tenant;
}

function infoOf({ controller, name, topic }: ScriptedTenantOptions, url: string): unknown {
  const audience = topic === "plan" ? PLANS : MEASUREMENTS;
  const { resourceType } = TOPICS[topic];
  return { controller, name, topics: [{ topic, resourceType, source: { url, audience } }] };
}

type State = {
  readonly info: unknown;
  readonly subscriptions: ScriptedTenant["subscriptions"];
  readonly handleOf: (person: string) => string;
  readonly firstState: string;
};

function answer(call: Call, state: State): Reply {
  const [, , , collection, id, part] = call.path.split("/");
  if (collection === undefined) return { status: 200, body: state.info };
  if (collection === "care-relationships") return { status: 200, body: { revision: 1 } };
  if (id === undefined) return ofAll(call, state);
  const subscription = state.subscriptions.get(id);
  if (subscription === undefined) return { status: 404 };
  if (part === "events") return pageOf(subscription.log, call);
  if (part === "roster") return roster(call, subscription, state);
  if (call.method === "DELETE") subscription.state = "ended";
  return { status: 200, body: describe(id, subscription) };
}

function ofAll(call: Call, { subscriptions, firstState }: State): Reply {
  if (call.method === "GET") {
    const all = [...subscriptions].map(([id, subscription]) => describe(id, subscription));
    return { status: 200, body: { subscriptions: all } };
  }
  const id = newId();
  const body = Object(call.body);
  const secret = body.delivery.way === "webhook" ? SECRET : undefined;
  const subscription = { body, secret, roster: [], log: [], state: firstState };
  subscriptions.set(id, subscription);
  const described = describe(id, subscription);
  return { status: 201, body: { ...described, delivery: { ...body.delivery, secret } } };
}

function describe(id: string, { body, state }: ScriptedSubscription): Record<string, unknown> {
  return { id, state, topics: body["topics"], delivery: body["delivery"] };
}

function roster(call: Call, subscription: ScriptedSubscription, { handleOf }: State): Reply {
  const { patient = "", patients = [] } = Object(call.body);
  switch (call.method) {
    case "POST":
      subscription.roster.push(patient);
      return { status: 200, body: { handle: handleOf(patient), revision: 1 } };
    case "PUT":
      subscription.roster = patients;
      return { status: 200, body: { handles: patients.map(handleOf), revision: 1 } };
    default: {
      const handle = call.path.split("/").at(-1);
      subscription.roster = subscription.roster.filter((person) => handleOf(person) !== handle);
      return { status: 200, body: { revision: 1 } };
    }
  }
}
