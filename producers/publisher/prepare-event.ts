import { aliasOf } from "#schemas/alias";
import { type CloudEvent, fromCloudEvent } from "#schemas/cloud-event";
import { containsIdentityNumber } from "#schemas/identity-number";
import { ProducerEvent, type SourceEvent, validateProducerEvent } from "#schemas/source-event";
import { type Fault, faultsOf, strictAjv } from "#schemas/strict-ajv";
import { invalidEvent } from "./publish-error.ts";

export type EventOwner = {
  /** The controller's organisation number: it publishes its own events only. */
  readonly controller: string;
  readonly aliasKey: Uint8Array;
};

/** Lists everything that is wrong with an event, where the ordinary validator stops at the first. */
const listFaults = strictAjv({ allErrors: true }).compile(ProducerEvent);

/**
 * Turns what a producer hands over into what the log may hold: judged strictly, and with the
 * patient's alias in place of the identity number.
 *
 * @throws PublishError `invalid-event` with every fault.
 */
export function prepareEvent(event: CloudEvent<unknown>, owner: EventOwner): SourceEvent {
  const attributes = attributesOf(event);
  const judged = validateProducerEvent(attributes);
  if (!judged.valid) throw invalidEvent(allFaults(attributes, judged.faults));
  const { value } = judged;
  if (!value.source.startsWith(`urn:no:orgnr:${owner.controller}:`)) {
    throw invalidEvent([
      { pointer: "#/source", detail: `must start with urn:no:orgnr:${owner.controller}:` },
    ]);
  }
  return { ...value, subject: aliasOf(owner.aliasKey, value.subject) };
}

/** The SDK's class writes its time anew, and throws when there is none to write. */
function attributesOf(event: CloudEvent<unknown>): Record<string, unknown> {
  try {
    return fromCloudEvent(event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidEvent([{ pointer: "#/time", detail: "must be a time (RFC 3339)" }]);
  }
}

function allFaults(attributes: unknown, first: readonly Fault[]): readonly Fault[] {
  if (listFaults(attributes)) return first; // the shape is right, a rule that spans attributes is broken
  return (listFaults.errors ?? []).flatMap((error) => {
    const unknownName: unknown = error.params["additionalProperty"];
    return typeof unknownName === "string" ? [unknownAttribute(unknownName)] : faultsOf([error]);
  });
}

/** Names the attribute, unless its name itself is what must not be written anywhere. */
function unknownAttribute(name: string): Fault {
  const shown = containsIdentityNumber(name) ? "?" : name;
  return { pointer: `#/${shown}`, detail: "is not an attribute of an event" };
}
