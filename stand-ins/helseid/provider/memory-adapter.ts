import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";
import { createExpiringMap } from "./expiring-map.ts";

/**
 * oidc-provider's store, in memory: codes, pushed requests, logins and the replay memory. One
 * factory's adapters outlive a change of keys, so that nothing can be replayed across it.
 */
export function createMemoryAdapter(now: () => number): AdapterFactory {
  const models = new Map<string, Adapter>();
  return (name) => {
    const adapter = models.get(name) ?? createModelStore(now);
    models.set(name, adapter);
    return adapter;
  };
}

function createModelStore(now: () => number): Adapter {
  const payloads = createExpiringMap<AdapterPayload>(now);
  const findWhere = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
    payloads
      .keys()
      .map((id) => payloads.get(id))
      .find((payload) => payload !== undefined && matches(payload));
  return {
    upsert: async (id, payload, expiresIn) => payloads.set(id, payload, expiresIn),
    find: async (id) => payloads.get(id),
    findByUid: async (uid) => findWhere((payload) => payload.uid === uid),
    findByUserCode: async (code) => findWhere((payload) => payload.userCode === code),
    async consume(id) {
      const payload = payloads.get(id);
      if (payload !== undefined) payload["consumed"] = Math.floor(now() / 1000);
    },
    destroy: async (id) => payloads.delete(id),
    async revokeByGrantId(grantId) {
      for (const id of payloads.keys()) {
        if (payloads.get(id)?.grantId === grantId) payloads.delete(id);
      }
    },
  };
}
