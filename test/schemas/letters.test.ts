import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromLetters, toLetters } from "#schemas/letters";

test("bytes become two letters each, high half first", () => {
  expect(toLetters(Uint8Array.of(0x00, 0x0f, 0xf0, 0xff, 0x12))).toBe("aaappappbc");
  expect(toLetters(new Uint8Array())).toBe("");
});

test("any bytes are read back, and no letter is a digit", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toLetters(bytes);
      expect(text).toMatch(/^[a-p]*$/);
      expect(fromLetters(text)).toEqual(bytes);
    }),
  );
});

test.each(["a", "aq", "AA", "a1", "aa ", "aa\n", "ab-c", "æøåa"])("%j is not letters", (text) => {
  expect(fromLetters(text)).toBeUndefined();
});
