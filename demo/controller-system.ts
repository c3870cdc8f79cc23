import type { ControllerSite, Site } from "#deploy/site/site";
import { EVENTS_AUDIENCE } from "#deploy/site/site";
import { connectHelseid } from "#consumers-example/client/helseid-connection";
import { createSignedFetch, type SignedFetch } from "#consumers-example/client/signed-fetch";
import { createTokenClient } from "#consumers-example/client/token-client";

/** The controller's own system: it administers policy, and records at the controller's source. */
export type ControllerSystem = {
  /** A change of policy; resolves when it is in force. */
  readonly administer: (method: "PUT" | "DELETE", path: string, body?: unknown) => Promise<void>;
  /** Records a resource; gives its id at the source. */
  readonly record: (resource: unknown, id?: string) => Promise<string>;
};

export async function createControllerSystem(
  site: Site,
  controller: ControllerSite,
): Promise<ControllerSystem> {
  const { clientId, key } = controller.client;
  const helseid = await connectHelseid({
    issuer: site.addresses.issuer,
    clientId,
    privateJwk: key.privateJwk,
    allowInsecureIssuer: true,
  });
  const tokens = createTokenClient(helseid);
  const fetchWith = (scope: string): SignedFetch =>
    createSignedFetch(helseid, { get: () => tokens.machineToken(scope) });
  const administering = fetchWith(`${EVENTS_AUDIENCE}/administer`);
  const recording = fetchWith(`${controller.audience}/record`);
  const tenantUrl = `${site.addresses.service}/tenants/${controller.organisation.number}`;
  return {
    administer: async (method, path, body) => {
      await call(administering, { method, url: new URL(tenantUrl + path), body });
    },
    record: async (resource, id) => {
      const path = `${controller.url}/fhir/${resourceType(resource)}`;
      const url = new URL(id === undefined ? path : `${path}/${id}`);
      const stored = await call(recording, {
        method: id === undefined ? "POST" : "PUT",
        url,
        body: withId(resource, id),
      });
      return idOf(stored);
    },
  };
}

async function call(
  fetchSigned: SignedFetch,
  request: Parameters<SignedFetch>[0],
): Promise<unknown> {
  const answer = await fetchSigned(request);
  if (answer.kind === "answered" && answer.status < 300) return answer.body;
  const reason =
    answer.kind === "answered" ? `${answer.status} ${JSON.stringify(answer.body)}` : answer.reason;
  throw new Error(`${request.method} ${request.url.pathname}: ${reason}`);
}

function resourceType(resource: unknown): string {
  const named = typeof resource === "object" && resource !== null && "resourceType" in resource;
  return named ? String(resource.resourceType) : "";
}

function withId(resource: unknown, id: string | undefined): unknown {
  return typeof resource === "object" && resource !== null && id !== undefined
    ? { ...resource, id }
    : resource;
}

function idOf(stored: unknown): string {
  if (typeof stored === "object" && stored !== null && "id" in stored) return String(stored.id);
  throw new Error("The source answered without an id");
}
