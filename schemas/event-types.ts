import { measurement } from "./topics/measurement.ts";
import { plan } from "./topics/plan.ts";
import type { Topic } from "./topics/topic.ts";

/** Every topic there is. A new one is a file in `topics/` and a line here. */
export const TOPICS = { measurement, plan } as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;

export const TOPIC_NAMES: readonly TopicName[] = Object.keys(TOPICS).filter(isTopicName);

const PREFIX = "no.hendelsesstrom";
const VERSION = "v1";

/** The type of an event about a patient's resource, such as `no.hendelsesstrom.plan.changed.v1`. */
export function eventType(topic: TopicName, change: string): string {
  return `${PREFIX}.${topic}.${change}.${VERSION}`;
}

/** Every type that a producer may publish. */
export const EVENT_TYPES: readonly string[] = TOPIC_NAMES.flatMap((topic) =>
  TOPICS[topic].changes.map((change) => eventType(topic, change)),
);

const TOPIC_BY_TYPE = new Map(
  TOPIC_NAMES.flatMap((topic) =>
    TOPICS[topic].changes.map((change) => [eventType(topic, change), topic] as const),
  ),
);

/** Whether the text is the name of a topic. */
export function isTopicName(text: string): text is TopicName {
  return Object.hasOwn(TOPICS, text);
}

/** The topic that an event type belongs to, or nothing for a type that is not known. */
export function topicOf(type: string): TopicName | undefined {
  return TOPIC_BY_TYPE.get(type);
}

/** What the service itself tells about a subscription, beside the events of the topics. */
export const LIFECYCLE_TYPES = {
  validation: `${PREFIX}.subscription.validation.${VERSION}`,
  started: `${PREFIX}.subscription.started.${VERSION}`,
  heartbeat: `${PREFIX}.subscription.heartbeat.${VERSION}`,
  paused: `${PREFIX}.subscription.paused.${VERSION}`,
  resumed: `${PREFIX}.subscription.resumed.${VERSION}`,
  ended: `${PREFIX}.subscription.ended.${VERSION}`,
  reset: `${PREFIX}.subscription.reset.${VERSION}`,
  withdrawn: `${PREFIX}.notification.withdrawn.${VERSION}`,
} as const;
