import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIFECYCLE_TYPES } from "#schemas/event-types";
import { handleOf } from "#schemas/handle";
import {
  type HandedOut,
  validateLifecycleEvent,
  validateNotification,
} from "#schemas/notification";
import { openReference } from "#schemas/opaque-reference";
import { validateSourceEvent } from "#schemas/source-event";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { handOut } from "#subscription-service/domain/hand-out";
import type { StoredNotification } from "#subscription-service/domain/stored-notification";
import {
  ALL_PERMITTED,
  change,
  CONSUMERS,
  NOW,
  PATIENT_IDS,
  type Statement,
  SUBSCRIPTION_IDS,
} from "../support/policy-messages.ts";
import { anySourceEvent, sourceEvent } from "../support/source-events.ts";
import { policyOf } from "./fan-out-run.ts";

const keys = deriveTenantKeys(new Uint8Array(32).fill(7));
const [FIRST = "", SECOND = "", THIRD = ""] = SUBSCRIPTION_IDS;
const [PATIENT = ""] = PATIENT_IDS;
const [GP, WARD] = CONSUMERS;

function storedOf(event = sourceEvent(), number = 1): StoredNotification {
  const { id, source, type, time, recordedtime, dataref, dataversion } = event;
  return {
    number,
    patient: PATIENT,
    event: { id, source, type, time, recordedtime, dataref, dataversion },
  };
}

type Circumstances = { said?: readonly Statement[]; policyIsCurrent?: boolean };

function handedTo(
  subscription: string,
  stored: StoredNotification,
  { said = [], policyIsCurrent = true }: Circumstances = {},
): HandedOut | "hold" {
  const policy = policyOf([...ALL_PERMITTED, ...said]);
  const outcome = handOut(subscription, stored, { policy, policyIsCurrent, keys, now: NOW });
  return outcome.kind === "hold" ? "hold" : outcome.event;
}

/** The texts of an event that could be joined with those of another. */
function joinable(event: HandedOut | "hold"): string[] {
  if (event === "hold") throw new Error("nothing was handed out");
  const dataref = "dataref" in event ? event.dataref.split("/").at(-1) : undefined;
  return [event.id, "subject" in event ? event.subject : "", dataref ?? "", event.subscription];
}

describe("what one consumer is told", () => {
  test("is a notification of the contract, for every event that a source may publish", () => {
    fc.assert(
      fc.property(anySourceEvent, fc.integer({ min: 1, max: 9_999_999_999 }), (event, number) => {
        expect(validateSourceEvent(event).valid).toBe(true);
        expect(validateNotification(handedTo(FIRST, storedOf(event, number)))).toMatchObject({
          valid: true,
          value: { type: event.type, eventnumber: String(number), dataversion: event.dataversion },
        });
      }),
    );
  });

  test("is the same at each attempt, and leads back to the source's own resource", () => {
    const event = handedTo(FIRST, storedOf());
    expect(handedTo(FIRST, storedOf())).toEqual(event);
    if (event === "hold" || !("dataref" in event)) throw new Error("nothing was handed out");
    const id = event.dataref.split("/").at(-1) ?? "";
    const reference = { resourceType: "Observation", id };
    expect(openReference(keys.reference, reference, { consumer: GP })).toBe("abc");
    expect(event.dataref.slice(0, -id.length)).toBe("https://source.example/fhir/Observation/");
    expect(event.subject).toBe(handleOf(keys.handle, PATIENT, { consumer: GP }));
  });

  test("shares no id, handle or link with what another is told of the same event", () => {
    fc.assert(
      fc.property(anySourceEvent, (event) => {
        const gp = joinable(handedTo(FIRST, storedOf(event)));
        const ward = joinable(handedTo(SECOND, storedOf(event)));
        for (const text of gp) expect(ward).not.toContain(text);
      }),
    );
  });

  test("in two subscriptions of one consumer has the same id and handle, so that it can be joined", () => {
    const [id, subject, link, subscription] = joinable(handedTo(FIRST, storedOf()));
    expect(joinable(handedTo(THIRD, storedOf()))).toEqual([id, subject, link, THIRD]);
    expect(subscription).toBe(FIRST);
  });

  test("holds nothing of the tenant's own names", () => {
    const event = sourceEvent({ id: "own-event-id", kind: "glucose", subject: "m".repeat(32) });
    const text = JSON.stringify(handedTo(FIRST, storedOf(event)));
    for (const own of ["own-event-id", "glucose", "m".repeat(32), PATIENT, "/abc"])
      expect(text).not.toContain(own);
  });
});

const block: Statement = {
  subject: "pol.block.b1",
  value: { patient: PATIENT, scope: { kind: "everyone" }, state: "set", change },
};

const against: [string, Statement[]][] = [
  ["a block", [block]],
  ["the agreement's end", [{ subject: `pol.agreement.${GP}`, value: endedAgreement() }]],
  [
    "the subscription's end",
    [{ subject: `pol.subscription.${FIRST}`, value: endedSubscription() }],
  ],
  ["leaving the roster", [{ subject: `pol.roster.${FIRST}.0`, value: { patients: [], change } }]],
];

function statementOf(subject: string): object {
  return Object(ALL_PERMITTED.find((statement) => statement.subject === subject)?.value);
}
function endedAgreement(): unknown {
  return { ...statementOf(`pol.agreement.${GP}`), state: "ended" };
}
function endedSubscription(): unknown {
  return { ...statementOf(`pol.subscription.${FIRST}`), state: "ended" };
}

describe("what is forbidden by now", () => {
  test.each(against)(
    "after %s appears as withdrawn, with its number and nothing else",
    (_, said) => {
      const event = handedTo(FIRST, storedOf(sourceEvent(), 42), { said });
      expect(validateLifecycleEvent(event)).toMatchObject({ valid: true });
      expect(event).toEqual({
        specversion: "1.0",
        id: expect.stringMatching(/^[a-p]{32}$/),
        source: "urn:no:orgnr:312345013:dho",
        type: LIFECYCLE_TYPES.withdrawn,
        time: "2026-11-22T12:00:00.000Z",
        subscription: FIRST,
        eventnumber: "42",
      });
    },
  );

  test("has another id than the notification, and another for each consumer", () => {
    const ids = [FIRST, SECOND].flatMap((subscription) => [
      joinable(handedTo(subscription, storedOf()))[0],
      joinable(handedTo(subscription, storedOf(), { said: [block] }))[0],
    ]);
    expect(new Set(ids).size).toBe(4);
  });

  test("is told again as it was once the block is lifted", () => {
    const lifted = { ...block, value: { ...Object(block.value), state: "lifted" } };
    expect(handedTo(FIRST, storedOf(), { said: [block, lifted] })).toEqual(
      handedTo(FIRST, storedOf()),
    );
    expect(handedTo(SECOND, storedOf(), { said: [] })).toMatchObject({
      subject: expect.any(String),
    });
    expect(WARD).not.toBe(GP);
  });
});

test("nothing is told while policy may be old, nor of what cannot be decided", () => {
  expect(handedTo(FIRST, storedOf(), { policyIsCurrent: false })).toBe("hold");
  expect(handedTo(FIRST, storedOf(), { policyIsCurrent: false, said: [block] })).toBe("hold");
  expect(handedTo("p".repeat(32), storedOf())).toBe("hold");
  expect(
    handedTo(FIRST, storedOf(sourceEvent({ type: "no.hendelsesstrom.diet.created.v1" }))),
  ).toBe("hold");
});
