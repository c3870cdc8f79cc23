import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import {
  EndpointValidation,
  type ValidationPorts,
} from "#subscription-service/delivery/endpoint-validation";
import type { AttemptOutcome } from "#subscription-service/domain/webhook-attempt";

const failed: AttemptOutcome = { kind: "failed", reason: "status 500" };

type Script = {
  outcomes?: AttemptOutcome[];
  acceptances?: ("kept" | "not kept")[];
  ports?: Partial<ValidationPorts>;
};

/** Runs a validation whose endpoint and log answer by a script and at once, until it rests. */
async function validate({
  outcomes = [],
  acceptances = ["kept"],
  ports = {},
}: Script): Promise<string[]> {
  const said: string[] = [];
  let clock = 0;
  const validation = new EndpointValidation({
    event: () => ({
      specversion: "1.0",
      id: "a".repeat(32),
      source: "urn:no:orgnr:312345013:subscriptions",
      type: LIFECYCLE_TYPES.validation,
      time: "2026-11-22T10:15:00Z",
      subscription: "e".repeat(32),
    }),
    endpoint: () => ({ url: "https://receiver.example/", secret: "whsec_AAAA" }),
    post: async () => {
      said.push("posted");
      return outcomes.shift() ?? { kind: "accepted" };
    },
    sleep: async (ms) => {
      clock += ms;
      said.push("slept");
    },
    now: () => clock,
    onAttempt: () => undefined,
    onPaused: () => undefined,
    random: () => 0,
    retryPolicy: { firstDelayMs: 10, factor: 2, longestDelayMs: 100, giveUpAfterMs: 1000 },
    onAccepted: async () => {
      if (acceptances.shift() === "not kept") throw new Error("the log is away");
      said.push("kept");
    },
    onFailure: () => {
      said.push("failure reported");
    },
    ...ports,
  });
  await setImmediate();
  await validation[Symbol.asyncDispose]();
  return said;
}

test("a 2xx is kept, after as many tries as it takes", async () => {
  expect(await validate({})).toEqual(["posted", "kept"]);
  expect(await validate({ outcomes: [failed, failed] })).toEqual([
    "posted",
    "slept",
    "posted",
    "slept",
    "posted",
    "kept",
  ]);
});

test("a yes that could not be kept is asked for again", async () => {
  expect(await validate({ acceptances: ["not kept", "kept"] })).toEqual([
    "posted",
    "failure reported",
    "slept",
    "posted",
    "kept",
  ]);
});

test("410, or an endpoint that is no more, ends the asking", async () => {
  expect(await validate({ outcomes: [{ kind: "gone" }] })).toEqual(["posted"]);
  expect(await validate({ ports: { endpoint: () => undefined } })).toEqual([]);
});

test("so does failing for too long", async () => {
  const said = await validate({ outcomes: Array.from({ length: 40 }, () => failed) });
  expect(said.filter((each) => each === "posted").length).toBeGreaterThan(10);
  expect(said.filter((each) => each === "posted").length).toBeLessThan(30);
  expect(said).not.toContain("kept");
});

test("what cannot even be sent is reported and tried again, and never ends the process", async () => {
  let faults = 2;
  const endpoint = (): { url: string; secret: string } => {
    faults -= 1;
    if (faults >= 0) throw new Error("the secret does not open");
    return { url: "https://receiver.example/", secret: "whsec_AAAA" };
  };
  expect(await validate({ ports: { endpoint } })).toEqual([
    "failure reported",
    "slept",
    "failure reported",
    "slept",
    "posted",
    "kept",
  ]);
});
