/** The claims of HelseID's access tokens, by the names on the wire (utviklerportal). */
export const claimNames = {
  orgnrParent: "helseid://claims/client/claims/orgnr_parent",
  orgnrChild: "helseid://claims/client/claims/orgnr_child",
  orgnrSupplier: "helseid://claims/client/claims/orgnr_supplier",
  clientTenancy: "helseid://claims/client/claims/client_tenancy",
  clientName: "helseid://claims/client/client_name",
  clientAmr: "helseid://claims/client/amr",
  pid: "helseid://claims/identity/pid",
  securityLevel: "helseid://claims/identity/security_level",
  assuranceLevel: "helseid://claims/identity/assurance_level",
  hprNumber: "helseid://claims/hpr/hpr_number",
  trustFramework: "nhn:tillitsrammeverk:parameters",
} as const;

/** Scopes that say which user claims an id token holds, with those claims. */
export const identityScopes: Readonly<Record<string, readonly string[]>> = {
  openid: ["sub"],
  profile: ["name"],
  "helseid://scopes/identity/pid": [claimNames.pid],
  "helseid://scopes/identity/security_level": [claimNames.securityLevel],
  "helseid://scopes/identity/assurance_level": [claimNames.assuranceLevel],
  "helseid://scopes/hpr/hpr_number": [claimNames.hprNumber],
};
