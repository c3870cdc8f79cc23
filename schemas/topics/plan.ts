import type { Topic } from "./topic.ts";

/** Treatment and self-treatment plans (behandlings- og egenbehandlingsplaner). */
export const plan = {
  name: "plan",
  resourceType: "CarePlan",
  changes: ["created", "changed", "ended", "retracted"],
  kinds: ["treatment-plan", "self-treatment-plan", "other"],
} as const satisfies Topic;
