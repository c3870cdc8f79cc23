import ipaddr from "ipaddr.js";

/** Whether webhooks may lead to an address. */
export type AddressRule = (address: string) => boolean;

/** Only addresses of the public internet. */
export const publicAddressesOnly: AddressRule = (address) =>
  ipaddr.process(address).range() === "unicast";

/** For demonstrations and tests on one machine: this machine itself, too. */
export const loopbackToo: AddressRule = (address) =>
  publicAddressesOnly(address) || ipaddr.process(address).range() === "loopback";
