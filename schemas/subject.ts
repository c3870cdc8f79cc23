import { isTopicName, type TopicName } from "./event-types.ts";

/** Subject tokens that we build subjects of: no dot, no wildcard, no space. */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

function token(text: string): string {
  if (!TOKEN.test(text)) throw new TypeError("Not a subject token");
  return text;
}

/** `ev.<topic>.<alias>`: where an event of the tenant's log lies. */
export function eventSubject(topic: TopicName, alias: string): string {
  return `ev.${topic}.${token(alias)}`;
}

/** Topic and alias of an event's subject, or nothing when it is not one. */
export function parseEventSubject(
  subject: string,
): { topic: TopicName; alias: string } | undefined {
  const [prefix, topic, alias, ...rest] = subject.split(".");
  if (prefix !== "ev" || rest.length > 0 || topic === undefined || alias === undefined)
    return undefined;
  if (!isTopicName(topic) || !TOKEN.test(alias)) return undefined;
  return { topic, alias };
}

/** `d.<subscription>`: a subscription's notifications. */
export function notificationSubject(subscription: string): string {
  return `d.${token(subscription)}`;
}

/** `h.<subscription>`: how far a subscription's webhook has come. */
export function handOutSubject(subscription: string): string {
  return `h.${token(subscription)}`;
}

/** `pol.<kind>.<key…>`: one thing that policy says; later messages replace earlier ones. */
export function policySubject(kind: string, ...key: string[]): string {
  return ["pol", kind, ...key].map(token).join(".");
}

/** Kind and key of a policy subject, or nothing when it is not one. */
export function parsePolicySubject(subject: string): { kind: string; key: string[] } | undefined {
  const [prefix, kind, ...key] = subject.split(".");
  if (prefix !== "pol" || kind === undefined || key.length === 0) return undefined;
  return [kind, ...key].every((part) => TOKEN.test(part)) ? { kind, key } : undefined;
}

/** `lease.<process>`: the right of a process to hand out, for as long as it is renewed. */
export function leaseSubject(process: string): string {
  return `lease.${token(process)}`;
}
