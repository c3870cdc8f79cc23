import { Type, type Static, type TSchema } from "typebox";
import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import { attestationElement, type AttestationElement } from "./attestation-schema.ts";
import { granted, refused, type Outcome } from "./outcome.ts";

const closed = { additionalProperties: false };

const organisationElement = Type.Object(
  {
    type: Type.Literal("helseid_authorization"),
    practitioner_role: Type.Object(
      {
        organization: Type.Object(
          {
            identifier: Type.Object(
              { system: Type.String(), type: Type.Literal("ENH"), value: Type.String() },
              closed,
            ),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  closed,
);

export type OrganisationElement = Static<typeof organisationElement>;

/** The structures that a client sent, at most one of each type. */
export type AuthorizationDetails = {
  readonly organisation?: OrganisationElement;
  readonly attestation?: AttestationElement;
};

const ajv = strictAjv({ allErrors: true });
const readers = {
  helseid_authorization: reader(organisationElement),
  "nhn:tillitsrammeverk:parameters": reader(attestationElement),
};

/** The types that are understood, for the metadata. */
export const elementTypes: readonly string[] = Object.keys(readers);

/** Reads one element of `assertion_details` by its type; every fault at once. */
export function readElement(element: unknown): Outcome<AuthorizationDetails> {
  const type: unknown =
    typeof element === "object" && element !== null && "type" in element ? element.type : undefined;
  switch (type) {
    case "helseid_authorization":
      return named("organisation", readers.helseid_authorization(element));
    case "nhn:tillitsrammeverk:parameters":
      return named("attestation", readers["nhn:tillitsrammeverk:parameters"](element));
    default:
      return refused(
        "invalid_authorization_details",
        `each element has a type, one of: ${elementTypes.join(", ")}`,
      );
  }
}

function reader<S extends TSchema>(schema: S): (element: unknown) => Outcome<Static<S>> {
  const validate = ajv.compile<Static<S>>(schema);
  return (element) => {
    if (validate(element)) return granted(element);
    const faults = faultsOf(validate.errors).map(({ pointer, detail }) => `${pointer} ${detail}`);
    return refused("invalid_authorization_details", faults.join("; "));
  };
}

function named<K extends string, T>(name: K, outcome: Outcome<T>): Outcome<Partial<Record<K, T>>> {
  if (!outcome.ok) return outcome;
  const details: Partial<Record<K, T>> = {};
  details[name] = outcome.value;
  return granted(details);
}
