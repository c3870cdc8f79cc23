import { newClientKey, type ClientKey } from "#deploy/site/credentials";
import { PRACTITIONERS } from "#deploy/site/parties";
import { startHelseid, type Helseid } from "#stand-ins/helseid/start-helseid";

export const EHR_ORGANISATION = "314567048";
export const SUPPLIER = "312345013";
export const CONTROLLER = "213456024";

export const SUBSCRIBE = "hendelsesstrom:events/subscribe";
export const MEASUREMENTS = "hendelsesstrom:measurements-312345013";
export const PLANS = "hendelsesstrom:plans-213456024";

export type TestHelseid = Helseid & { readonly key: ClientKey };

/** HelseID's stand-in, knowing an EHR, a supplier's client and the synthetic practitioners. */
export async function startTestHelseid(
  redirectUri = "http://127.0.0.1:1/innlogging/tilbake",
  options: { requireDpopNonce?: boolean } = {},
): Promise<TestHelseid> {
  const key = await newClientKey();
  const common = {
    scopes: [SUBSCRIBE, `${MEASUREMENTS}/read`, `${PLANS}/read`],
    jwks: { keys: [key.publicJwk] },
  };
  const helseid = await startHelseid({
    host: "127.0.0.1",
    port: 0,
    ...options,
    audiences: {
      "hendelsesstrom:events": ["subscribe"],
      [MEASUREMENTS]: ["read"],
      [PLANS]: ["read"],
    },
    practitioners: Object.values(PRACTITIONERS),
    clients: [
      {
        ...common,
        clientId: "ehr",
        name: "Fjordvik legesenter",
        organisation: EHR_ORGANISATION,
        tenancy: "single-tenant",
        grants: ["client_credentials", "authorization_code"],
        redirectUris: [redirectUri],
      },
      {
        ...common,
        clientId: "supplier",
        name: "Leverandøren",
        organisation: SUPPLIER,
        tenancy: "multi-tenant",
        delegatedFrom: [CONTROLLER],
        grants: ["client_credentials"],
      },
    ],
  });
  return Object.assign(helseid, { key });
}
