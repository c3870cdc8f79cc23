import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Static, TSchema } from "typebox";
import { containsIdentityNumber } from "./identity-number.ts";

/** What is wrong with a value, and where (a JSON pointer as URI fragment, RFC 6901). */
export type Fault = { readonly pointer: string; readonly detail: string };

export type Validation<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly faults: Fault[] };

/** The keyword that keeps identity numbers out of a text: `withoutIdentityNumber: true`. */
const withoutIdentityNumber = {
  keyword: "withoutIdentityNumber",
  type: "string" as const,
  schemaType: "boolean" as const,
  validate: (_on: boolean, text: string): boolean => !containsIdentityNumber(text),
  error: { message: "must not contain a national identity number" },
};

/** Ajv for JSON Schema 2020-12 that refuses what it does not know and changes nothing. */
export function strictAjv(options: { coerceTypes?: boolean; allErrors?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    removeAdditional: false,
    useDefaults: false,
    ownProperties: true,
    coerceTypes: options.coerceTypes ?? false,
    allErrors: options.allErrors ?? false,
  });
  addFormats.default(ajv);
  ajv.addKeyword(withoutIdentityNumber);
  return ajv;
}

/** Ajv's errors as faults. Never the value itself: it may be what must not be logged. */
export function faultsOf(errors: ErrorObject[] | null | undefined): Fault[] {
  return (errors ?? []).map(({ instancePath, keyword, message, params }) => ({
    pointer: `#${instancePath}`,
    detail: detailOf(keyword, message, params),
  }));
}

function detailOf(
  keyword: string,
  message: string | undefined,
  params: Record<string, unknown>,
): string {
  const allowed: unknown = params["allowedValues"];
  if (keyword === "enum" && Array.isArray(allowed)) return `must be one of: ${allowed.join(", ")}`;
  if (keyword === "const") return `must be ${String(params["allowedValue"])}`;
  return message ?? keyword;
}

const ajv = strictAjv();

/** Compiles a schema once; the returned function judges unknown values, and alters none. */
export function compileValidator<S extends TSchema>(
  schema: S,
): (value: unknown) => Validation<Static<S>> {
  const validate: ValidateFunction<Static<S>> = ajv.compile<Static<S>>(schema);
  return (value) =>
    validate(value) ? { valid: true, value } : { valid: false, faults: faultsOf(validate.errors) };
}
