import { type Static, Type } from "typebox";
import * as attribute from "#schemas/attributes";
import { TopicName } from "#decision/policy-objects";
import { isOrganisationNumber } from "#schemas/organisation-number";
import { compileValidator, type Fault, type Validation } from "#schemas/strict-ajv";

const strict = { additionalProperties: false } as const;

/** One tenant: a controller, its credentials in its own NATS account, and its keys. */
export const TenantSettings = Type.Object(
  {
    controller: attribute.organisation,
    name: Type.String({ minLength: 1, maxLength: 100 }),
    natsSeed: Type.String({ pattern: "^SU[A-Z2-7]{56}$" }),
    masterKey: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$", description: "32 bytes, base64url" }),
    sharing: Type.Array(
      Type.Object(
        {
          topic: TopicName,
          url: Type.String({ pattern: "^https?://" }),
          audience: Type.String({ minLength: 1 }),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type TenantSettings = Static<typeof TenantSettings>;

const TenantsFile = Type.Object({ tenants: Type.Array(TenantSettings, { minItems: 1 }) }, strict);

const asTenantsFile = compileValidator(TenantsFile);

/** Judges the list of tenants: each controller is one that can be, and there once. */
export function validateTenantsFile(value: unknown): Validation<Static<typeof TenantsFile>> {
  const judged = asTenantsFile(value);
  if (!judged.valid) return judged;
  const controllers = judged.value.tenants.map(({ controller }) => controller);
  const faults = controllers.flatMap((controller, index) => [
    ...(isOrganisationNumber(controller)
      ? []
      : [fault(index, "must be an organisation number with a valid control digit")]),
    ...(controllers.indexOf(controller) === index ? [] : [fault(index, "must be there once")]),
  ]);
  return faults.length === 0 ? judged : { valid: false, faults };
}

function fault(index: number, detail: string): Fault {
  return { pointer: `#/tenants/${index}/controller`, detail };
}
