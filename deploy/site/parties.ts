/**
 * The parties of the demonstration. All are invented: organisation numbers start with 2 or 3, the
 * month of an identity number is 80 higher than a real one, and nobody has these names.
 */
export type Organisation = { readonly number: string; readonly name: string };

export const MUNICIPALITY: Organisation = { number: "312345013", name: "Fjordvik kommune" };
export const HOSPITAL: Organisation = { number: "213456024", name: "Sørfjord sykehus" };
export const GP_OFFICE: Organisation = { number: "314567048", name: "Fjordvik legesenter" };
export const STRANGER: Organisation = { number: "215678040", name: "Nabobyen legesenter" };

export type Person = { readonly identityNumber: string; readonly name: string };

export const PATIENTS = {
  kari: { identityNumber: "14915110127", name: "Kari Testfjell" },
  ola: { identityNumber: "02844711061", name: "Ola Prøvevik" },
  inga: { identityNumber: "17896212095", name: "Inga Syntetisk" },
} as const satisfies Record<string, Person>;

export type Practitioner = Person & { readonly hprNumber: string; readonly authorization: string };

export const PRACTITIONERS = {
  gp: {
    identityNumber: "05817824023",
    name: "Frøya Fastlege",
    hprNumber: "222200001",
    authorization: "LE",
  },
  nurse: {
    identityNumber: "30858531183",
    name: "Sindre Sykepleier",
    hprNumber: "222200002",
    authorization: "SP",
  },
  stranger: {
    identityNumber: "12919036018",
    name: "Ukjent Utenfor",
    hprNumber: "222200003",
    authorization: "LE",
  },
} as const satisfies Record<string, Practitioner>;
