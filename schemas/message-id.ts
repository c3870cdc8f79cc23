import { createHash } from "node:crypto";

/**
 * The id under which the log knows an event again (`Nats-Msg-Id`): a hash of what makes an event
 * unique, source and id (CloudEvents 1.0.2).
 */
export function messageIdOf({
  source,
  id,
}: {
  readonly source: string;
  readonly id: string;
}): string {
  return createHash("sha256").update(`${source}\n${id}`).digest("base64url");
}
