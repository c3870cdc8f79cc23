import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PATIENTS, PRACTITIONERS } from "#deploy/site/parties";
import { containsIdentityNumber, isIdentityNumber } from "#schemas/identity-number";
import { anyNumber, syntheticNumber } from "../support/identity-numbers.ts";

const KARI = PATIENTS.kari.identityNumber;

describe("what an identity number is", () => {
  test("the persons of the demonstration have one", () => {
    for (const { identityNumber } of [...Object.values(PATIENTS), ...Object.values(PRACTITIONERS)])
      expect(isIdentityNumber(identityNumber)).toBe(true);
  });

  test("every number with right control digits is one, whatever its series", () => {
    fc.assert(fc.property(anyNumber, (number) => isIdentityNumber(number)));
    fc.assert(fc.property(syntheticNumber, (number) => isIdentityNumber(number)));
  });

  test("changing any one digit makes it none", () => {
    fc.assert(
      fc.property(
        anyNumber,
        fc.nat({ max: 10 }),
        fc.integer({ min: 1, max: 9 }),
        (number, at, by) => {
          const other = String((Number(number[at]) + by) % 10);
          expect(isIdentityNumber(number.slice(0, at) + other + number.slice(at + 1))).toBe(false);
        },
      ),
    );
  });

  test.each([
    "",
    KARI.slice(1),
    `${KARI}0`,
    ` ${KARI}`,
    `${KARI}\n`,
    `${KARI.slice(0, 6)} ${KARI.slice(6)}`,
    "1491511012a",
    "١٤٩١٥١١٠١٢٧",
  ])("%j is none", (text) => {
    expect(isIdentityNumber(text)).toBe(false);
  });
});

describe("finding one in a text", () => {
  test("in any surroundings, digits included", () => {
    fc.assert(
      fc.property(anyNumber, fc.string(), fc.string(), (number, before, after) =>
        containsIdentityNumber(before + number + after),
      ),
    );
    const digits = fc.stringMatching(/^\d{0,20}$/);
    fc.assert(
      fc.property(anyNumber, digits, digits, (number, before, after) =>
        containsIdentityNumber(before + number + after),
      ),
    );
  });

  test("in the customary groups of six and five, in any surroundings", () => {
    const separator = fc.constantFrom(" ", ".", "-", "\u00a0", "\u202f", "–", "/", ":", "_", "\t");
    const around = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,20}$/));
    const grouped = fc
      .tuple(anyNumber, separator)
      .map(([number, between]) => `${number.slice(0, 6)}${between}${number.slice(6)}`);
    fc.assert(
      fc.property(grouped, around, around, (number, before, after) =>
        containsIdentityNumber(before + number + after),
      ),
    );
  });

  test("never where there are fewer than eleven digits", () => {
    const fewDigits = fc.string().filter((text) => text.replace(/\D/g, "").length < 11);
    fc.assert(fc.property(fewDigits, (text) => !containsIdentityNumber(text)));
  });

  test.each(["2026-11-22T10:15:02.123456789Z", "312345013", "urn:no:orgnr:312345013:dho"])(
    "not in %j",
    (text) => {
      expect(containsIdentityNumber(text)).toBe(false);
    },
  );

  test("a megabyte of digits is judged at once", () => {
    const started = performance.now();
    containsIdentityNumber("12345678900".repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
