import { expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { containsSpreadIdentityNumber } from "#schemas/identity-number";
import { validateSourceEvent } from "#schemas/source-event";

const EVENT = {
  specversion: "1.0",
  id: "event-1",
  source: "urn:no:orgnr:312345013:dho",
  type: "no.hendelsesstrom.measurement.created.v1",
  subject: "a".repeat(32),
  time: "2026-11-22T10:15:00.123456Z",
  recordedtime: "2026-11-22T10:15:02Z",
  dataref: "http://127.0.0.1:42615/fhir/Observation/abc",
  dataversion: "1",
};
const KARI = PATIENTS.kari.identityNumber;

function faulty(changes: object): unknown {
  return validateSourceEvent({ ...EVENT, ...changes });
}

const SPELLINGS = [
  `${KARI.slice(0, 5)}-${KARI.slice(5)}`,
  KARI.split("").join("."),
  `a~${KARI.slice(0, 1)}_${KARI.slice(1)}`,
];

test.each(SPELLINGS)("an identity number written %s is found", (text) => {
  expect(containsSpreadIdentityNumber(text)).toBe(true);
  const detail = "must not contain a national identity number";
  expect(faulty({ id: text })).toEqual({ valid: false, faults: [{ pointer: "#/id", detail }] });
  for (const dataref of [
    `https://x.example/${text}/Observation/a`,
    `https://x.example/Observation/${text.replace(/[~_]/g, "-")}`,
  ])
    expect(faulty({ dataref })).toEqual({
      valid: false,
      faults: [{ pointer: "#/dataref", detail }],
    });
});

test("letters between digits, and an address with its port, are no number", () => {
  expect(containsSpreadIdentityNumber(KARI.split("").join("x"))).toBe(false);
  for (let port = 40_000; port < 41_000; port += 1)
    expect(
      validateSourceEvent({ ...EVENT, dataref: `http://127.0.0.1:${port}/fhir/Observation/abc` }),
    ).toMatchObject({ valid: true });
});
