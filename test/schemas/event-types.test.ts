import { expect, test } from "vitest";
import {
  EVENT_TYPES,
  eventType,
  isTopicName,
  LIFECYCLE_TYPES,
  TOPIC_NAMES,
  topicOf,
  TOPICS,
} from "#schemas/event-types";

// Written out, not computed: this is what other people's systems are built on.
const MEASUREMENT = [
  "no.hendelsesstrom.measurement.created.v1",
  "no.hendelsesstrom.measurement.corrected.v1",
  "no.hendelsesstrom.measurement.retracted.v1",
];
const PLAN = [
  "no.hendelsesstrom.plan.created.v1",
  "no.hendelsesstrom.plan.changed.v1",
  "no.hendelsesstrom.plan.ended.v1",
  "no.hendelsesstrom.plan.retracted.v1",
];

test("these are all types that a producer may publish", () => {
  expect(EVENT_TYPES.toSorted()).toEqual([...MEASUREMENT, ...PLAN].toSorted());
});

test("each belongs to its topic", () => {
  expect(TOPIC_NAMES.toSorted()).toEqual(["measurement", "plan"]);
  expect(MEASUREMENT.map(topicOf)).toEqual(MEASUREMENT.map(() => "measurement"));
  expect(PLAN.map(topicOf)).toEqual(PLAN.map(() => "plan"));
  expect(eventType("plan", "changed")).toBe(PLAN[1]);
});

test("a topic says which resource is looked up, and its kinds", () => {
  expect(TOPICS).toMatchObject({
    measurement: {
      name: "measurement",
      resourceType: "Observation",
      kinds: ["blood-pressure", "oxygen-saturation", "temperature", "weight", "glucose", "other"],
    },
    plan: {
      name: "plan",
      resourceType: "CarePlan",
      kinds: ["treatment-plan", "self-treatment-plan", "other"],
    },
  });
});

test("these are all types that tell about a subscription", () => {
  expect(LIFECYCLE_TYPES).toEqual({
    validation: "no.hendelsesstrom.subscription.validation.v1",
    started: "no.hendelsesstrom.subscription.started.v1",
    heartbeat: "no.hendelsesstrom.subscription.heartbeat.v1",
    paused: "no.hendelsesstrom.subscription.paused.v1",
    resumed: "no.hendelsesstrom.subscription.resumed.v1",
    ended: "no.hendelsesstrom.subscription.ended.v1",
    reset: "no.hendelsesstrom.subscription.reset.v1",
    withdrawn: "no.hendelsesstrom.notification.withdrawn.v1",
  });
});

test.each(["", "plans", "Plan", "toString", "__proto__", "constructor"])(
  "%j is no topic and no type",
  (text) => {
    expect(isTopicName(text)).toBe(false);
    expect(topicOf(text)).toBeUndefined();
    expect(topicOf(`no.hendelsesstrom.${text}.created.v1`)).toBeUndefined();
  },
);
