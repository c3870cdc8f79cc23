import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { ControllerSite } from "#deploy/site/site";
import {
  type FanOutDecision,
  validateFanOutRecord,
} from "#subscription-service/domain/fan-out-record";

/** More records than a demonstration makes. */
const MAX_RECORDS = 10_000;

/** What a controller's records say: who was told of its events and who was refused, in order. */
export async function readDecisions(
  natsUrl: string,
  { service }: ControllerSite,
): Promise<FanOutDecision[]> {
  const connection = await connect({
    servers: natsUrl,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(service.seed)),
  });
  try {
    const manager = await jetstreamManager(connection);
    const decisions: FanOutDecision[] = [];
    for await (const message of await manager.direct.getBatch("OUT", {
      seq: 1,
      next_by_subj: "rec",
      batch: MAX_RECORDS,
    })) {
      const judged = validateFanOutRecord(message.json());
      if (judged.valid) decisions.push(...judged.value.decisions);
    }
    return decisions;
  } finally {
    await connection.close();
  }
}
