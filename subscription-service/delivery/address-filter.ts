import { lookup } from "node:dns";
import ipaddr from "ipaddr.js";
import { buildConnector } from "undici";
import type { AddressRule } from "../domain/address-rule.ts";

/** An endpoint may not be there: a private, local or otherwise not public address. */
export class ForbiddenAddress extends Error {
  override readonly name = "ForbiddenAddress";
}

/**
 * Connects only where the rule allows: an address given as such, every address that a name has, and
 * again the one that was reached (names may change between two questions).
 */
export function guardedConnector(rule: AddressRule): buildConnector.connector {
  const connect = buildConnector({
    lookup: (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        const refused =
          error ??
          (addresses.every(({ address }) => rule(address)) ? null : new ForbiddenAddress());
        if (options.all === true) callback(refused, addresses);
        else callback(refused, addresses[0]?.address ?? "", addresses[0]?.family);
      });
    },
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, "");
    if (ipaddr.isValid(host) && !rule(host)) callback(new ForbiddenAddress(), null);
    else connect(options, (...result) => callback(...admit(result, rule)));
  };
}

type Connected = Parameters<buildConnector.Callback>;

function admit([error, socket]: Connected, rule: AddressRule): Connected {
  if (error !== null) return [error, null];
  if (socket.remoteAddress !== undefined && rule(socket.remoteAddress)) return [null, socket];
  socket.destroy();
  return [new ForbiddenAddress(), null];
}
