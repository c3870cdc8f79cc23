import type { NatsUser } from "./credentials.ts";

/** One account a tenant; its name says whose. */
function accountName(controller: string): string {
  return `T_${controller}`;
}

export type NatsAccount = {
  readonly name: string;
  readonly jetstream: boolean;
  readonly users: {
    readonly nkey: string;
    readonly permissions?: { readonly publish: string[]; readonly subscribe: string[] };
  }[];
};

/**
 * A source's rights in its controller's account: it adds events and reads policy, and nothing else.
 * Answers come to an inbox of its own.
 */
function sourcePermissions({ publicKey }: NatsUser): {
  publish: string[];
  subscribe: string[];
} {
  return {
    publish: [
      "ev.>",
      "$JS.API.INFO",
      "$JS.API.STREAM.INFO.POLICY",
      "$JS.API.STREAM.INFO.EVENTS",
      "$JS.API.CONSUMER.CREATE.POLICY.>",
      "$JS.API.CONSUMER.INFO.POLICY.>",
      "$JS.API.CONSUMER.DELETE.POLICY.>",
      "$JS.API.CONSUMER.MSG.NEXT.POLICY.>",
      "$JS.ACK.POLICY.>",
    ],
    subscribe: [`_INBOX_${publicKey}.>`],
  };
}

export function tenantAccount(
  controller: string,
  service: NatsUser,
  source: NatsUser,
): NatsAccount {
  return {
    name: accountName(controller),
    jetstream: true,
    users: [
      { nkey: service.publicKey },
      { nkey: source.publicKey, permissions: sourcePermissions(source) },
    ],
  };
}
