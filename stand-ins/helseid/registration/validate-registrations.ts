import { isIdentityNumber } from "#schemas/identity-number";
import { isOrganisationNumber } from "#schemas/organisation-number";
import { faultsOf, strictAjv, type Fault, type Validation } from "#schemas/strict-ajv";
import {
  registrations,
  type ClientRegistration,
  type Practitioner,
  type Registrations,
} from "./registration-schema.ts";

const SCOPE_NAME = /^[A-Za-z0-9._-]+$/;

/** Synthetic identity numbers have their month raised by 80 (Tenor) or 65 (NHN). */
const SYNTHETIC_MONTH = /^\d{2}(8[1-9]|9[0-2]|6[6-9]|7[0-7])/;

const matchesSchema = strictAjv({ allErrors: true }).compile<Registrations>(registrations);

/** Judges the whole registration: its form first, then what must agree; every fault at once. */
export function validateRegistrations(value: unknown): Validation<Registrations> {
  if (!matchesSchema(value)) return { valid: false, faults: faultsOf(matchesSchema.errors) };
  const faults = [
    ...audienceFaults(value),
    ...value.clients.flatMap((client, index) => clientFaults(client, index, value)),
    ...value.practitioners.flatMap(practitionerFaults),
    ...repeated(value.clients.map((client) => client.clientId)).map((index) =>
      fault(`/clients/${index}/clientId`, "is used by an earlier client"),
    ),
    ...repeated(value.practitioners.map((person) => person.identityNumber)).map((index) =>
      fault(`/practitioners/${index}/identityNumber`, "is used by an earlier practitioner"),
    ),
  ];
  return faults.length > 0 ? { valid: false, faults } : { valid: true, value };
}

function fault(path: string, detail: string): Fault {
  return { pointer: `#${path}`, detail };
}

function repeated(values: string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

function audienceFaults({ audiences }: Registrations): Fault[] {
  return Object.entries(audiences).flatMap(([audience, names]) => [
    ...(URL.canParse(audience) && !audience.includes("#")
      ? []
      : [fault("/audiences", `${audience}: an audience is a URI without fragment (RFC 8707)`)]),
    ...names
      .filter((name) => !SCOPE_NAME.test(name))
      .map((name) => fault("/audiences", `${name}: give a scope's name without its audience`)),
  ]);
}

function clientFaults(
  client: ClientRegistration,
  index: number,
  { audiences }: Registrations,
): Fault[] {
  const at = `/clients/${index}`;
  return [
    ...unknownScopes(client, audiences).map((scope) =>
      fault(`${at}/scopes`, `${scope} is not a scope of any audience`),
    ),
    ...organisationNumbers(client)
      .filter((number) => !isOrganisationNumber(number))
      .map((number) => fault(at, `${number} is not an organisation number`)),
    ...misplaced(client).map(([member, detail]) => fault(`${at}/${member}`, detail)),
  ];
}

function unknownScopes(
  { scopes }: ClientRegistration,
  audiences: Registrations["audiences"],
): string[] {
  const known = Object.entries(audiences).flatMap(([audience, names]) =>
    names.map((name) => `${audience}/${name}`),
  );
  return scopes.filter((scope) => !known.includes(scope));
}

function organisationNumbers(client: ClientRegistration): string[] {
  const { organisation, delegatedFrom = [], childOrganisations = [] } = client;
  return [organisation, ...delegatedFrom, ...childOrganisations];
}

/** Members that contradict the client's grants or tenancy. */
function misplaced(client: ClientRegistration): [member: string, detail: string][] {
  const { grants, tenancy, redirectUris, delegatedFrom, childOrganisations } = client;
  const found: [string, string][] = [];
  if (grants.includes("authorization_code") !== (redirectUris !== undefined)) {
    found.push(["redirectUris", "belongs to authorization_code, and only to it"]);
  }
  if (tenancy !== "multi-tenant" && delegatedFrom !== undefined) {
    found.push(["delegatedFrom", "belongs to a multi-tenant client"]);
  }
  if (tenancy !== "single-tenant" && childOrganisations !== undefined) {
    found.push(["childOrganisations", "belongs to a single-tenant client"]);
  }
  return found;
}

function practitionerFaults(person: Practitioner, index: number): Fault[] {
  const at = `/practitioners/${index}/identityNumber`;
  if (!isIdentityNumber(person.identityNumber)) {
    return [fault(at, "its control digits are wrong")];
  }
  return SYNTHETIC_MONTH.test(person.identityNumber)
    ? []
    : [fault(at, "is not synthetic (month +80 or +65): a stand-in takes no real person")];
}
