import { createHash } from "node:crypto";
import type { ClientRegistration, Practitioner, Registrations } from "./registration-schema.ts";

/** A practitioner whose pseudonym is settled. */
export type KnownPractitioner = Practitioner & { readonly sub: string };

/** What the stand-in knows about clients, people and scopes. */
export type Directory = {
  readonly clients: readonly ClientRegistration[];
  readonly practitioners: readonly KnownPractitioner[];
  readonly scopes: readonly string[];
  client(clientId: string): ClientRegistration | undefined;
  practitioner(sub: string): KnownPractitioner | undefined;
  /** The audience that a scope belongs to. */
  audienceOf(scope: string): string | undefined;
  scopesOf(audience: string): readonly string[] | undefined;
};

/** Makes registrations, already validated, ready for look-up. */
export function createDirectory(registrations: Registrations): Directory {
  const practitioners = registrations.practitioners.map(knownPractitioner);
  const scopesOf = new Map(
    Object.entries(registrations.audiences).map(([audience, names]) => [
      audience,
      names.map((name) => `${audience}/${name}`),
    ]),
  );
  const audienceOf = new Map(
    [...scopesOf].flatMap(([audience, scopes]) => scopes.map((scope) => [scope, audience])),
  );
  return {
    clients: registrations.clients,
    practitioners,
    scopes: [...audienceOf.keys()],
    client: (clientId) => registrations.clients.find((client) => client.clientId === clientId),
    practitioner: (sub) => practitioners.find((person) => person.sub === sub),
    audienceOf: (scope) => audienceOf.get(scope),
    scopesOf: (audience) => scopesOf.get(audience),
  };
}

/** HelseID's `sub` is a hash of the identity number; so is ours unless one is given. */
export function knownPractitioner(person: Practitioner): KnownPractitioner {
  const hash = createHash("sha256").update(`helseid stand-in ${person.identityNumber}`);
  return { ...person, sub: person.sub ?? hash.digest("base64url") };
}
