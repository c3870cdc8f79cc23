import ipaddr from "ipaddr.js";
import { Problem } from "#schemas/problem";
import { publicAddressesOnly } from "../domain/address-rule.ts";

/** Ports that a webhook may listen on in the open; others are more likely someone's database. */
const ALLOWED_PORTS = new Set(["", "443", "8443"]);

/** Loopback is for demonstrations and tests on one machine. */
export type EndpointRules = { readonly allowLoopbackWebhooks: boolean };

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

function refuse(detail: string): never {
  throw new Problem("invalid-request", { errors: [{ pointer: "#/delivery/url", detail }] });
}

/** Reads a webhook's address: https, no user information, no fragment, a customary port. */
export function parseEndpoint(text: string, { allowLoopbackWebhooks }: EndpointRules): string {
  if (!URL.canParse(text)) refuse("must be an absolute URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") refuse("must not hold a user name or password");
  if (url.hash !== "") refuse("must not hold a fragment");
  if (allowLoopbackWebhooks && LOOPBACK_HOSTS.has(url.hostname)) return url.href;
  requirePublicHost(url);
  if (url.protocol !== "https:") refuse("must be https");
  if (!ALLOWED_PORTS.has(url.port)) refuse("must use port 443 or 8443");
  return url.href;
}

/** A name is judged when it is connected to; an address can be judged now. */
function requirePublicHost({ hostname }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host) && !publicAddressesOnly(host)) {
    refuse("must not be a private or local address");
  }
}
