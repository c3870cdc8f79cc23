import { headers, type NatsConnection } from "@nats-io/transport-node";

const KEEP_TIMEOUT_MS = 5000;

/** Writes a state of which only the last counts: it replaces the one before, and never expires. */
export async function keepState(
  connection: NatsConnection,
  subject: string,
  state: unknown,
): Promise<void> {
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  rollup.set("Nats-TTL", "never");
  const answer = await connection.request(subject, JSON.stringify(state), {
    headers: rollup,
    timeout: KEEP_TIMEOUT_MS,
  });
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error !== undefined) throw new Error(`State was not kept: ${error.description ?? "refused"}`);
}
