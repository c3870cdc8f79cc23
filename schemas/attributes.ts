import { Type } from "typebox";
import { ALIAS_PATTERN } from "./alias.ts";
import { HANDLE_PATTERN } from "./handle.ts";

/**
 * The attributes that envelopes are built of (CloudEvents 1.0.2). Each allows only characters that
 * no binding needs to encode, and no identity number.
 */
const guarded = { withoutIdentityNumber: true } as const;

export const specversion = Type.Literal("1.0");

/** An event's id at its source; source and id together name the event for ever. */
export const id = Type.String({ pattern: "^[A-Za-z0-9._~-]{1,64}$", ...guarded });

/** `urn:no:orgnr:<controller>:<system>`. */
export const source = Type.String({
  pattern: "^urn:no:orgnr:[1-9][0-9]{8}:[a-z][a-z0-9-]{0,30}$",
  ...guarded,
});

export const alias = Type.String({ pattern: ALIAS_PATTERN });

export const handle = Type.String({ pattern: HANDLE_PATTERN });

/**
 * RFC 3339, with the `T` that it lets others leave out, and without the leap seconds that JavaScript
 * cannot read: a time that passes is a time that can be compared.
 */
export const time = Type.String({
  format: "date-time",
  pattern: "^.{10}T.{6}[0-5]",
  maxLength: 35,
  ...guarded,
});

/** Scheme, host, path and resource type of an address: no query, fragment or user information. */
const RESOURCE_TYPE_AT =
  "^https?://[A-Za-z0-9][A-Za-z0-9.-]{0,127}(:[0-9]{1,5})?(/(?!\\.{1,2}/)[A-Za-z0-9._~-]{1,64}){0,6}/[A-Z][A-Za-z]{1,40}";

/** Where the source has the resource, under its own id there (FHIR R4, data type `id`). */
export const dataref = Type.String({
  pattern: `${RESOURCE_TYPE_AT}/(?!\\.{1,2}$)[A-Za-z0-9.-]{1,64}$`,
  ...guarded,
});

/** Where one consumer reads the resource: the id is sealed for it (see opaque-reference.ts). */
export const sealedDataref = Type.String({
  pattern: `${RESOURCE_TYPE_AT}/[a-p]{32,160}$`,
  ...guarded,
});

/** The version that the event is about (`meta.versionId` of the resource). */
export const dataversion = Type.String({ pattern: "^[1-9][0-9]{0,8}$" });

/** A number in a subscription's series, starting at 1 without holes. */
export const eventnumber = Type.String({ pattern: "^[1-9][0-9]{0,9}$" });

/** Random ids of ours hold letters only (see letters.ts). */
export const ownId = Type.String({ pattern: "^[a-p]{32}$" });

export const organisation = Type.String({ pattern: "^[1-9][0-9]{8}$" });

export const identityNumber = Type.String({ pattern: "^[0-9]{11}$" });
