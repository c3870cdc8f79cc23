import { describe, expect, test } from "vitest";
import { passesTokenGate } from "#authentication/token-gate";

const GOOD = "eyJhbGciOiJFUzI1NiJ9.e30.AQID";

describe("the gate before all parsing", () => {
  test("lets a compact JWS pass", () => {
    expect(passesTokenGate(GOOD, 100)).toBe(true);
    expect(passesTokenGate(GOOD, GOOD.length)).toBe(true);
  });

  test.each([
    ["too long", GOOD, GOOD.length - 1],
    ["empty", "", 100],
    ["one part", "e30", 100],
    ["two parts", "e30.e30", 100],
    ["four parts", `${GOOD}.e30`, 100],
    ["five parts (encrypted)", "e30.e30.e30.e30.e30", 100],
    ["an empty header", ".e30.AQID", 100],
    ["an empty payload (detached)", "e30..AQID", 100],
    ["an empty signature (unsecured)", "e30.e30.", 100],
    ["padding", "e30=.e30.AQID", 100],
    ["a space before", ` ${GOOD}`, 100],
    ["a line break after", `${GOOD}\n`, 100],
    ["a space inside", "e 30.e30.AQID", 100],
    ["plain base64's letters", "e30.e30.AQ+/", 100],
    ["stray low bits", "e31.e30.AQID", 100],
    ["a length that no bytes give", "e30.e30.AQIDA", 100],
    ["letters beyond ASCII", "e30.e30.AQIÐ", 100],
  ])("refuses %s", (_name, text, maxChars) => {
    expect(passesTokenGate(text, maxChars)).toBe(false);
  });
});
