import { headers, type NatsConnection } from "@nats-io/transport-node";
import { Problem } from "#schemas/problem";

const KEEP_TIMEOUT_MS = 5000;

function notKept(cause: unknown): never {
  throw new Problem("unavailable", { detail: "this cannot be kept now", cause });
}

/** Writes a state of which only the last counts: it replaces the one before, and never expires. */
export async function keepState(
  connection: NatsConnection,
  subject: string,
  state: unknown,
): Promise<void> {
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  rollup.set("Nats-TTL", "never");
  const options = { headers: rollup, timeout: KEEP_TIMEOUT_MS };
  const answer = await connection.request(subject, JSON.stringify(state), options).catch(notKept);
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error !== undefined) notKept(new Error(error.description ?? "refused"));
}
