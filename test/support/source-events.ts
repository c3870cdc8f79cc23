import * as fc from "fast-check";
import { TOPICS } from "#schemas/event-types";
import type { SourceEvent } from "#schemas/source-event";

/** Texts of some characters; quicker to make than by a pattern. */
function text(characters: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters.split("")), minLength, maxLength });
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";

export const letters32: fc.Arbitrary<string> = text("abcdefghijklmnop", 32);

/** An event of the log that is right in every way. */
export function sourceEvent(overrides: Partial<SourceEvent> = {}): SourceEvent {
  return {
    specversion: "1.0",
    id: "abcdefgh",
    source: "urn:no:orgnr:312345013:dho",
    type: "no.hendelsesstrom.measurement.created.v1",
    subject: "a".repeat(32),
    time: "2026-11-22T10:15:00Z",
    recordedtime: "2026-11-22T10:15:02Z",
    dataref: "https://source.example/fhir/Observation/abc",
    dataversion: "1",
    ...overrides,
  };
}

const time = fc
  .date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Any event that the schema allows (ids without digits, so that none holds an identity number). */
export const anySourceEvent: fc.Arbitrary<SourceEvent> = fc
  .constantFrom(TOPICS.measurement, TOPICS.plan)
  .chain((topic) =>
    fc
      .record({
        id: text(`${LOWER}XYZ._~-`, 1, 64),
        system: text(LOWER, 1, 31),
        change: fc.constantFrom(...topic.changes),
        subject: letters32,
        time,
        recordedtime: time,
        host: text(LOWER, 1, 20),
        resource: text(`${LOWER}ABC-`, 1, 64),
        version: fc.integer({ min: 1, max: 999_999_999 }),
        kind: fc.option(fc.constantFrom(...topic.kinds), { nil: undefined }),
      })
      .map(({ system, change, host, resource, version, kind, ...rest }) => ({
        specversion: "1.0" as const,
        ...rest,
        source: `urn:no:orgnr:312345013:${system}`,
        type: `no.hendelsesstrom.${topic.name}.${change}.v1`,
        dataref: `https://${host}.example/fhir/${topic.resourceType}/${resource}`,
        dataversion: String(version),
        ...(kind !== undefined && { kind }),
      })),
  );
