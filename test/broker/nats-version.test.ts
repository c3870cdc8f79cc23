import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatNatsVersion,
  isNewEnough,
  type NatsVersion,
  parseNatsVersion,
} from "#broker/server/nats-version";

const number = fc.nat({ max: 999_999 });
const preRelease = fc.constantFrom("", "RC.1", "beta", "RC.4-dirty");
const version: fc.Arbitrary<NatsVersion> = fc.record({
  major: number,
  minor: number,
  patch: number,
  preRelease,
});

describe("the version of nats-server", () => {
  test.each([
    ["nats-server: v2.15.1\n", "2.15.1"],
    ["nats-server: v2.12.0-RC.4", "2.12.0-RC.4"],
    ["nats-server version 1.4.1", "1.4.1"],
    ["2.9.10", "2.9.10"],
    ["2.12.3+dirty", "2.12.3"],
  ])("is found in %j", (text, expected) => {
    const parsed = parseNatsVersion(text);
    expect(parsed && formatNatsVersion(parsed)).toBe(expected);
  });

  test.each(["", "nats-server", "v2.15", "2.15.x", "1234567.1.1", "not found: 192.168.10.1"])(
    "is not found in %j",
    (text) => expect(parseNatsVersion(text)).toBeUndefined(),
  );

  test("comes back from its text as it was", () => {
    fc.assert(
      fc.property(version, (v) => {
        expect(parseNatsVersion(`nats-server: v${formatNatsVersion(v)}\n`)).toEqual(v);
      }),
    );
  });

  test.each([
    ["2.12.0", true],
    ["2.12.1-RC.1", true],
    ["2.15.1", true],
    ["3.0.0", true],
    ["2.12.0-RC.4", false],
    ["2.11.99", false],
    ["2.9.10", false],
    ["1.99.99", false],
  ])("%s is new enough: %s", (text, expected) => {
    const parsed = parseNatsVersion(text);
    expect(parsed && isNewEnough(parsed)).toBe(expected);
  });

  test("that is newer in any part is new enough when the older one is", () => {
    fc.assert(
      fc.property(version, fc.nat({ max: 9 }), (v, more) => {
        fc.pre(isNewEnough(v));
        expect(isNewEnough({ ...v, patch: v.patch + more })).toBe(true);
        expect(isNewEnough({ ...v, minor: v.minor + more })).toBe(true);
        expect(isNewEnough({ ...v, major: v.major + more })).toBe(true);
      }),
    );
  });
});
