import type { Addresses } from "#deploy/site/site";
import { freePorts } from "./free-ports.ts";

export const HOST = "127.0.0.1";

const PARTS = 7;

/** Addresses on this machine for all parts of a site, on ports that are free now. */
export async function loopbackAddresses(): Promise<Addresses> {
  const [issuer, service, measurements, plans, gp, ward, stranger] = (await freePorts(PARTS)).map(
    (port) => `http://${HOST}:${port}`,
  );
  if (
    issuer === undefined ||
    service === undefined ||
    measurements === undefined ||
    plans === undefined ||
    gp === undefined ||
    ward === undefined ||
    stranger === undefined
  ) {
    throw new Error("No free ports");
  }
  return { issuer, service, measurements, plans, gp, ward, stranger };
}

/** The port of an address. */
export function portOf(address: string): string {
  return new URL(address).port;
}
