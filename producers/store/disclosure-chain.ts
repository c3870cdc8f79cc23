import { createHash } from "node:crypto";

/** A link of the chain of disclosures: what was written, and the hash over it and all before it. */
export type DisclosureLink = {
  /** 1, 2, 3, … without holes. */
  readonly sequence: number;
  /** The record as JSON text, exactly as it was hashed. */
  readonly entry: string;
  readonly previous: string;
  readonly hash: string;
};

/** Where a chain ends. Kept elsewhere, it shows also that the newest links were cut off. */
export type ChainHead = Pick<DisclosureLink, "sequence" | "hash">;

/** Before the first link. */
export const EMPTY_CHAIN: ChainHead = { sequence: 0, hash: "0".repeat(64) };

function hashOf(sequence: number, entry: string, previous: string): string {
  return createHash("sha256")
    .update(JSON.stringify([sequence, previous, entry]))
    .digest("hex");
}

/** The link that follows a head. */
export function nextLink(head: ChainHead, entry: string): DisclosureLink {
  const sequence = head.sequence + 1;
  return { sequence, entry, previous: head.hash, hash: hashOf(sequence, entry, head.hash) };
}

export type ChainVerdict =
  | { readonly whole: true; readonly head: ChainHead }
  | { readonly whole: false; readonly brokenAt: number };

/**
 * Follows a chain from its beginning. Any link changed, left out, moved or put in breaks it at that
 * place; links cut off at the end are found when the head is known.
 */
export async function verifyChain(
  links: AsyncIterable<DisclosureLink> | Iterable<DisclosureLink>,
  expected?: ChainHead,
): Promise<ChainVerdict> {
  let head = EMPTY_CHAIN;
  for await (const link of links) {
    const next = nextLink(head, link.entry);
    const same =
      link.sequence === next.sequence && link.previous === next.previous && link.hash === next.hash;
    if (!same) return { whole: false, brokenAt: next.sequence };
    if (link.sequence === expected?.sequence && link.hash !== expected.hash) {
      return { whole: false, brokenAt: link.sequence };
    }
    head = { sequence: link.sequence, hash: link.hash };
  }
  return expected !== undefined && head.sequence < expected.sequence
    ? { whole: false, brokenAt: head.sequence + 1 }
    : { whole: true, head };
}
