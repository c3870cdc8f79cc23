import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";

/** Whether a part of a tenant has stopped. From then on the tenant is not ready, and holds. */
export type Trouble = {
  readonly found: () => boolean;
  readonly report: (error: unknown) => void;
  /** Rejects when a part has stopped or the broker does not answer. */
  readonly check: () => Promise<void>;
};

export function watchForTrouble(connection: NatsConnection, log: Logger): Trouble {
  let first: unknown;
  return {
    found: () => first !== undefined || connection.isClosed(),
    report: (error) => {
      first ??= error;
      log.error({ err: error }, "the tenant has stopped");
    },
    check: async () => {
      if (first !== undefined) throw new Error("the tenant has stopped", { cause: first });
      await connection.rtt();
    },
  };
}
