import { type Static, Type } from "typebox";

/**
 * The FHIR R4 data types that we read, with the elements that we rely on. Everything else in a
 * resource is stored as given and not judged.
 */

/** More than any resource of ours holds, few enough to judge in no time. */
const MAX_LIST = 200;

/** R4 code: no blanks at the ends, single blanks inside. */
const code = Type.String({ pattern: "^[^\\s]+( [^\\s]+)*$", maxLength: 128 });

const uri = Type.String({ pattern: "^\\S+$", maxLength: 512 });

/** R4 dateTime: a year, a month, a day, or a time with its zone. */
export const dateTime = Type.String({
  pattern:
    "^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01])(T([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d{1,9})?(Z|[+-](0\\d|1[0-4]):[0-5]\\d))?)?)?$",
});

/** R4 instant: a time with its zone. */
export const instant = Type.String({ format: "date-time", maxLength: 35 });

const Coding = Type.Object({ system: Type.Optional(uri), code: Type.Optional(code) });

export const CodeableConcept = Type.Object({
  coding: Type.Optional(Type.Array(Coding, { maxItems: MAX_LIST })),
  text: Type.Optional(Type.String({ minLength: 1 })),
});
export type CodeableConcept = Static<typeof CodeableConcept>;

export const Quantity = Type.Object({
  value: Type.Optional(Type.Number()),
  unit: Type.Optional(Type.String({ minLength: 1 })),
  system: Type.Optional(uri),
  code: Type.Optional(code),
});
export type Quantity = Static<typeof Quantity>;

/** A reference that may be logical: by identifier (R4, 2.3.0.2). */
export const Reference = Type.Object({
  reference: Type.Optional(Type.String({ minLength: 1 })),
  identifier: Type.Optional(
    Type.Object({
      system: Type.Optional(uri),
      value: Type.Optional(Type.String({ minLength: 1 })),
    }),
  ),
});
export type Reference = Static<typeof Reference>;

const Meta = Type.Object({
  profile: Type.Optional(Type.Array(uri, { maxItems: MAX_LIST })),
});

/** Elements that every resource may carry and that we replace or compare. */
export const resourceElements = {
  id: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9.-]{1,64}$" })),
  meta: Type.Optional(Meta),
} as const;

/** A list of at least one: FHIR has no empty lists. */
export function listOf<T extends Parameters<typeof Type.Array>[0]>(
  item: T,
): ReturnType<typeof Type.Array<T>> {
  return Type.Array(item, { minItems: 1, maxItems: MAX_LIST });
}
