import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openReference, sealReference } from "#schemas/opaque-reference";
import { openEntry, sealEntry } from "#schemas/sealed-entry";
import { deriveTenantKeys } from "#schemas/tenant-keys";

const one = deriveTenantKeys(new Uint8Array(32).fill(1));
const other = deriveTenantKeys(new Uint8Array(32).fill(2));
const fhirId = fc.stringMatching(/^[A-Za-z0-9.-]{1,64}$/);
const organisation = fc.stringMatching(/^[1-9][0-9]{8}$/);
const resourceType = fc.constantFrom("Observation", "CarePlan");

describe("an opaque reference", () => {
  test("opens for its consumer, type and key, and for no other", () => {
    fc.assert(
      fc.property(fhirId, organisation, organisation, (id, consumer, stranger) => {
        fc.pre(consumer !== stranger);
        const reference = { resourceType: "Observation", id };
        const sealed = { ...reference, id: sealReference(one.reference, reference, { consumer }) };
        expect(sealed.id).toMatch(/^[a-p]+$/);
        expect(openReference(one.reference, sealed, { consumer })).toBe(id);
        expect(openReference(one.reference, sealed, { consumer: stranger })).toBeUndefined();
        expect(openReference(other.reference, sealed, { consumer })).toBeUndefined();
        const asPlan = { ...sealed, resourceType: "CarePlan" };
        expect(openReference(one.reference, asPlan, { consumer })).toBeUndefined();
      }),
    );
  });

  test("is the same for the same resource, and shares nothing with another's", () => {
    fc.assert(
      fc.property(
        fhirId,
        resourceType,
        fc.uniqueArray(organisation, { minLength: 2, maxLength: 2 }),
        (id, type, [first = "", second = ""]) => {
          const reference = { resourceType: type, id };
          const sealed = sealReference(one.reference, reference, { consumer: first });
          expect(sealReference(one.reference, reference, { consumer: first })).toBe(sealed);
          const foreign = sealReference(one.reference, reference, { consumer: second });
          expect(foreign.slice(0, 32)).not.toBe(sealed.slice(0, 32));
        },
      ),
    );
  });

  test("opens no more when one letter is another, or is missing, or is added", () => {
    fc.assert(
      fc.property(fhirId, fc.nat(), fc.integer({ min: 1, max: 15 }), (id, place, by) => {
        const reference = { resourceType: "CarePlan", id };
        const consumer = "314567048";
        const sealed = sealReference(one.reference, reference, { consumer });
        const at = place % sealed.length;
        const letter = String.fromCharCode(97 + ((sealed.charCodeAt(at) - 97 + by) % 16));
        const wrong = [
          sealed.slice(0, at) + letter + sealed.slice(at + 1),
          sealed.slice(0, -2),
          `${sealed}aa`,
          sealed.toUpperCase(),
          "",
        ];
        for (const text of wrong)
          expect(
            openReference(one.reference, { ...reference, id: text }, { consumer }),
          ).toBeUndefined();
      }),
    );
  });

  test("of the longest id still fits where a lookup takes it", () => {
    const longest = { resourceType: "Observation", id: "x".repeat(64) };
    const sealed = sealReference(one.reference, longest, { consumer: "314567048" });
    expect(sealed.length).toBeLessThanOrEqual(160);
  });
});

describe("a sealed entry", () => {
  test("opens at its place with its key, and is another each time", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (place, text) => {
        const sealed = sealEntry(one.table, place, text);
        expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(sealEntry(one.table, place, text)).not.toBe(sealed);
        expect(openEntry(one.table, place, sealed)).toBe(text.toWellFormed());
        expect(() => openEntry(one.table, `${place}x`, sealed)).toThrow(/authenticate/);
        expect(() => openEntry(other.table, place, sealed)).toThrow(/authenticate/);
      }),
    );
  });

  test("opens no more when one byte is another", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.integer({ min: 1, max: 255 }), (text, place, by) => {
        const bytes = Buffer.from(sealEntry(one.table, "place", text), "base64url");
        bytes.writeUInt8(bytes.readUInt8(place % bytes.length) ^ by, place % bytes.length);
        expect(() => openEntry(one.table, "place", bytes.toString("base64url"))).toThrow(
          /authenticate/,
        );
      }),
    );
  });

  test("cut short, it is refused for its length and never compared by a part of its tag", () => {
    const bytes = Buffer.from(sealEntry(one.table, "place", ""), "base64url");
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length).toString("base64url");
      expect(() => openEntry(one.table, "place", cut)).toThrow("A sealed entry is too short");
    }
  });
});
