import { Provider, type KoaContextWithOIDC } from "oidc-provider";
import { providerConfiguration, type ProviderParts } from "./provider-configuration.ts";

/** What went wrong with a request; holds no token, no body and nothing about a person. */
type HelseidFault = {
  readonly path: string;
  readonly client: string | undefined;
  readonly error: string;
  readonly detail: string | undefined;
};

export type FaultListener = (fault: HelseidFault) => void;

/** An oidc-provider that takes every address from its issuer, however it is reached. */
export function createProvider(
  issuer: string,
  parts: ProviderParts,
  onFault: FaultListener,
): Provider {
  const provider = new Provider(issuer, providerConfiguration(parts));
  provider.proxy = true;
  const refusal = (ctx: KoaContextWithOIDC, error: Error): void => {
    explain(ctx, error);
    onFault(faultOf(ctx, error));
  };
  provider.on("grant.error", refusal);
  provider.on("pushed_authorization_request.error", refusal);
  provider.on("authorization.error", (ctx, error) => onFault(faultOf(ctx, error)));
  provider.on("server_error", (ctx, error) => onFault(faultOf(ctx, error)));
  return provider;
}

/** Tells an integrator why, where the real provider keeps silent: a stand-in guards nothing. */
function explain(ctx: KoaContextWithOIDC, error: Error): void {
  const detail = detailOf(error);
  const body: unknown = ctx.body;
  if (detail === undefined || typeof body !== "object" || body === null) return;
  const described = "error_description" in body ? `${String(body.error_description)}: ` : "";
  ctx.body = { ...body, error_description: `${described}${detail}` };
}

function faultOf(ctx: KoaContextWithOIDC, error: Error): HelseidFault {
  const description = "error_description" in error ? String(error.error_description) : undefined;
  return {
    path: ctx.path,
    client: ctx.oidc?.client?.clientId,
    error: error.message,
    detail: detailOf(error) ?? description,
  };
}

function detailOf(error: Error): string | undefined {
  const detail: unknown = "error_detail" in error ? error.error_detail : undefined;
  return typeof detail === "string" ? detail : undefined;
}
