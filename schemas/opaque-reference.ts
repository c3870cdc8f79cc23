import { aessiv } from "@noble/ciphers/aes.js";
import type { ForConsumer } from "./handle.ts";
import { fromLetters, toLetters } from "./letters.ts";

function cipher(
  referenceKey: Uint8Array,
  resourceType: string,
  consumer: string,
): ReturnType<typeof aessiv> {
  return aessiv(referenceKey, new TextEncoder().encode(`${consumer}/${resourceType}`));
}

/** A resource at a source, by its FHIR type and its id there. */
export type ResourceReference = { readonly resourceType: string; readonly id: string };

/**
 * The resource's id towards one consumer organisation: its id at the source, sealed with AES-SIV
 * (RFC 5297) for that organisation. The same resource always gets the same id, so that a reader
 * sees that two notices are about one thing; no other organisation's id resembles it or opens.
 */
export function sealReference(
  referenceKey: Uint8Array,
  { resourceType, id }: ResourceReference,
  { consumer }: ForConsumer,
): string {
  return toLetters(
    cipher(referenceKey, resourceType, consumer).encrypt(new TextEncoder().encode(id)),
  );
}

/** The id at the source, or nothing when the id was not sealed for this organisation and type. */
export function openReference(
  referenceKey: Uint8Array,
  { resourceType, id }: ResourceReference,
  { consumer }: ForConsumer,
): string | undefined {
  const sealed = fromLetters(id);
  if (sealed === undefined) return undefined;
  try {
    return new TextDecoder().decode(cipher(referenceKey, resourceType, consumer).decrypt(sealed));
  } catch {
    return undefined; // forged, another organisation's, or another type's
  }
}
