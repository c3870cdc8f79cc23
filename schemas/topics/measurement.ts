import type { Topic } from "./topic.ts";

/** Measurements from home monitoring (målinger). */
export const measurement = {
  name: "measurement",
  resourceType: "Observation",
  changes: ["created", "corrected", "retracted"],
  kinds: ["blood-pressure", "oxygen-saturation", "temperature", "weight", "glucose", "other"],
} as const satisfies Topic;
