import type { JWK } from "jose";
import { type Static, Type } from "typebox";
import * as attribute from "#schemas/attributes";
import { TOPIC_NAMES } from "#schemas/event-types";
import { isIdentityNumber } from "#schemas/identity-number";
import { isOrganisationNumber } from "#schemas/organisation-number";
import { faultsOf, strictAjv, type Fault, type Validation } from "#schemas/strict-ajv";

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1, maxLength: 200 });
const address = Type.String({ format: "uri", pattern: "^https?://", maxLength: 500 });

/** A GP's list has some 1,200 persons; a hospital ward's far fewer. */
const MAX_PATIENTS = 5_000;
const MAX_TENANTS = 100;

const Validity = Type.Object({ from: attribute.time, to: Type.Optional(attribute.time) }, closed);

const Basis = Type.Object(
  {
    class: Type.Enum(["source-recorded", "register", "asserted"]),
    validity: Validity,
    reference: Type.String({ minLength: 1, maxLength: 120, withoutIdentityNumber: true }),
  },
  closed,
);

const TenantSettings = Type.Object(
  {
    /** Base address of the subscription service. */
    serviceUrl: address,
    /** The controller's organisation number. */
    controller: attribute.organisation,
    topics: Type.Array(Type.Enum([...TOPIC_NAMES]), { minItems: 1, uniqueItems: true }),
    delivery: Type.Enum(["feed", "webhook"]),
    /** How the patient list is put there: one by one, or as a whole. */
    roster: Type.Enum(["persons", "snapshot"]),
    /** The ground that is claimed for the list; without it the controller's own records count. */
    basis: Type.Optional(Basis),
  },
  closed,
);
export type TenantSettings = Static<typeof TenantSettings>;

const Coded = Type.Object({ code: text, system: text }, closed);

/** The members are checked where the key is imported. */
const PrivateJwk = Type.Unsafe<JWK>(Type.Object({ kty: Type.Enum(["EC", "RSA"]), d: text }));

/** What one EHR is set up with: `EHR_CONFIG` names a JSON file of this form. */
export const EhrSettings = Type.Object(
  {
    name: text,
    organisation: attribute.organisation,
    clientId: text,
    privateJwk: PrivateJwk,
    issuer: address,
    allowInsecureIssuer: Type.Optional(Type.Boolean()),
    tenants: Type.Array(TenantSettings, { minItems: 1, maxItems: MAX_TENANTS }),
    patients: Type.Array(
      Type.Object({ identityNumber: attribute.identityNumber, name: text }, closed),
      { maxItems: MAX_PATIENTS },
    ),
    storeDirectory: Type.String({ minLength: 1 }),
    /** What attestations say of the service that the patient gets (trust framework). */
    healthcareService: Type.Optional(Coded),
    /** For a demo's script only: lets it read the inbox without a login. Never in real use. */
    scriptToken: Type.Optional(Type.String({ minLength: 32, maxLength: 200 })),
  },
  closed,
);
export type EhrSettings = Static<typeof EhrSettings>;

const hasForm = strictAjv({ allErrors: true }).compile<EhrSettings>(EhrSettings);

/** Judges settings, all faults at once, and without quoting them: they hold a key and patients. */
export function validateEhrSettings(value: unknown): Validation<EhrSettings> {
  if (!hasForm(value)) return { valid: false, faults: faultsOf(hasForm.errors) };
  const faults = [
    ...organisationFaults(value),
    ...patientFaults(value),
    ...repeated(value.tenants.map(({ controller }) => controller)).map((index) =>
      fault(`#/tenants/${index}/controller`, "is named twice"),
    ),
  ];
  return faults.length > 0 ? { valid: false, faults } : { valid: true, value };
}

function organisationFaults({ organisation, tenants }: EhrSettings): Fault[] {
  const detail = "is not an organisation number";
  const places = [
    ["#/organisation", organisation] as const,
    ...tenants.map(
      ({ controller }, index) => [`#/tenants/${index}/controller`, controller] as const,
    ),
  ];
  return places
    .filter(([, number]) => !isOrganisationNumber(number))
    .map(([pointer]) => fault(pointer, detail));
}

function patientFaults({ patients }: EhrSettings): Fault[] {
  const numbers = patients.map(({ identityNumber }) => identityNumber);
  return [
    ...numbers.flatMap((number, index) =>
      isIdentityNumber(number)
        ? []
        : [fault(`#/patients/${index}/identityNumber`, "has wrong control digits")],
    ),
    ...repeated(numbers).map((index) =>
      fault(`#/patients/${index}/identityNumber`, "is listed twice"),
    ),
  ];
}

function repeated(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    const again = seen.has(value);
    seen.add(value);
    return again ? [index] : [];
  });
}

function fault(pointer: string, detail: string): Fault {
  return { pointer, detail };
}
