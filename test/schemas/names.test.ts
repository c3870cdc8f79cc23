import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PATIENTS } from "#deploy/site/parties";
import { aliasOf } from "#schemas/alias";
import { handleOf, notificationIdOf } from "#schemas/handle";
import { messageIdOf } from "#schemas/message-id";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import { anyNumber } from "../support/identity-numbers.ts";

const KARI = PATIENTS.kari.identityNumber;
const one = deriveTenantKeys(new Uint8Array(32).fill(1));
const other = deriveTenantKeys(new Uint8Array(32).fill(2));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.string({ minLength: 1 });

describe("keys", () => {
  test("are the same each time, and all different from each other and between tenants", () => {
    expect(deriveTenantKeys(new Uint8Array(32).fill(1))).toEqual(one);
    const all = [...Object.values(one), ...Object.values(other)].map((each) =>
      Buffer.from(each.subarray(0, 32)).toString("hex"),
    );
    expect(new Set(all).size).toBe(8);
    expect(one.reference).toHaveLength(64);
  });

  test.each([0, 31, 33, 64])("a master key of %i bytes is refused", (bytes) => {
    expect(() => deriveTenantKeys(new Uint8Array(bytes))).toThrow(
      new TypeError(`A master key is 32 bytes, this one is ${bytes}`),
    );
  });
});

describe("alias", () => {
  test("is the same for the same person and key, and another under another key", () => {
    expect(aliasOf(one.alias, KARI)).toBe(aliasOf(one.alias, KARI));
    fc.assert(
      fc.property(key, key, anyNumber, (first, second, number) => {
        fc.pre(Buffer.compare(first, second) !== 0);
        expect(aliasOf(first, number)).toMatch(/^[a-p]{32}$/);
        expect(aliasOf(first, number)).not.toBe(aliasOf(second, number));
      }),
    );
  });

  test("no two persons share one", () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, (first, second) => {
        fc.pre(first !== second);
        expect(aliasOf(one.alias, first)).not.toBe(aliasOf(one.alias, second));
      }),
    );
  });

  test.each(["", "14915110128", `${KARI} `])(
    "is not made of %j, which it does not repeat",
    (wrong) => {
      expect(() => aliasOf(one.alias, wrong)).toThrow(new TypeError("Not an identity number"));
    },
  );
});

describe("names towards a consumer", () => {
  test("a handle is another for each key, consumer and patient", () => {
    fc.assert(
      fc.property(
        fc.tuple(key, text, text),
        fc.tuple(key, text, text),
        ([k1, patient1, consumer1], [k2, patient2, consumer2]) => {
          const first = handleOf(k1, patient1, { consumer: consumer1 });
          expect(first).toMatch(/^[a-p]{32}$/);
          expect(handleOf(k1, patient1, { consumer: consumer1 })).toBe(first);
          expect(handleOf(k2, patient1, { consumer: consumer1 }) === first).toBe(
            Buffer.compare(k1, k2) === 0,
          );
          expect(handleOf(k1, patient1, { consumer: consumer2 }) === first).toBe(
            consumer1 === consumer2,
          );
          expect(handleOf(k1, patient2, { consumer: consumer1 }) === first).toBe(
            patient1 === patient2,
          );
        },
      ),
    );
  });

  test("moving characters between the parts never gives the same name", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 3, maxLength: 3 }), fc.nat(), (parts, cut) => {
        const [consumer = "", source = "", id = ""] = parts;
        const joined = source + id;
        const at = cut % (joined.length + 1);
        const [otherSource, otherId] = [joined.slice(0, at), joined.slice(at)];
        fc.pre(otherSource !== source);
        expect(
          notificationIdOf(one.handle, { source: otherSource, id: otherId }, { consumer }),
        ).not.toBe(notificationIdOf(one.handle, { source, id }, { consumer }));
      }),
    );
  });

  test("an event's id and a patient's handle are never confused", () => {
    fc.assert(
      fc.property(text, text, text, (consumer, source, id) => {
        const name = notificationIdOf(one.handle, { source, id }, { consumer });
        expect(name).not.toBe(handleOf(one.handle, source, { consumer }));
        expect(name).not.toBe(notificationIdOf(other.handle, { source, id }, { consumer }));
        expect(name).not.toBe(
          notificationIdOf(one.handle, { source, id }, { consumer: `${consumer}0` }),
        );
      }),
    );
  });
});

describe("message id", () => {
  test("is one for each source and id", () => {
    const event = { source: "urn:no:orgnr:312345013:dho", id: "a" };
    expect(messageIdOf(event)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(messageIdOf({ ...event })).toBe(messageIdOf(event));
    expect(messageIdOf({ ...event, id: "b" })).not.toBe(messageIdOf(event));
    expect(messageIdOf({ ...event, source: "urn:no:orgnr:312345013:dhoa", id: "" })).not.toBe(
      messageIdOf(event),
    );
  });
});
