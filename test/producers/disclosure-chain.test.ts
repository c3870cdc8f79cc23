import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ChainHead,
  type DisclosureLink,
  EMPTY_CHAIN,
  nextLink,
  verifyChain,
} from "#producers/store/disclosure-chain";

function chainOf(entries: readonly string[]): DisclosureLink[] {
  const links: DisclosureLink[] = [];
  let head: ChainHead = EMPTY_CHAIN;
  for (const entry of entries) {
    const link = nextLink(head, entry);
    links.push(link);
    head = link;
  }
  return links;
}

const chains = fc.array(fc.string(), { minLength: 1, maxLength: 12 }).map(chainOf);

type Tampering = (
  link: DisclosureLink,
  before: readonly DisclosureLink[],
  after: readonly DisclosureLink[],
) => DisclosureLink[];

/** Ways to tamper with a chain at a link; one may happen to change nothing. */
const tamperings = fc.oneof(
  fc
    .tuple(fc.constantFrom("entry", "previous", "hash"), fc.string())
    .map<Tampering>(([name, text]) => (link, before, after) => [
      ...before,
      { ...link, [name]: text },
      ...after,
    ]),
  fc
    .integer({ min: -3, max: 3 })
    .map<Tampering>((by) => (link, before, after) => [
      ...before,
      { ...link, sequence: link.sequence + by },
      ...after,
    ]),
  // As somebody would who knows how links are made.
  fc
    .string()
    .map<Tampering>((entry) => (_link, before, after) => [
      ...before,
      nextLink(before.at(-1) ?? EMPTY_CHAIN, entry),
      ...after,
    ]),
  fc.constantFrom<Tampering[]>(
    (_link, before, after) => [...before, ...after],
    (link, before, after) => [...before, link, link, ...after],
    (link, before, after) => [...before, ...after.slice(0, 1), link, ...after.slice(1)],
  ),
);

function tamper(links: readonly DisclosureLink[], at: number, how: Tampering): DisclosureLink[] {
  const [link] = links.slice(at);
  if (link === undefined) throw new TypeError("no such place");
  return how(link, links.slice(0, at), links.slice(at + 1));
}

test("a chain that nobody touched is whole", async () => {
  await fc.assert(
    fc.asyncProperty(chains, async (links) => {
      const { sequence = 0, hash = "" } = links.at(-1) ?? {};
      const head = { sequence, hash };
      expect(await verifyChain(links)).toEqual({ whole: true, head });
      expect(await verifyChain(links, head)).toEqual({ whole: true, head });
    }),
  );
});

test("any change of a chain is found against its head", async () => {
  await fc.assert(
    fc.asyncProperty(chains, fc.nat(), tamperings, async (links, place, how) => {
      const head = links.at(-1) ?? EMPTY_CHAIN;
      const tampered = tamper(links, place % links.length, how);
      const verdict = await verifyChain(tampered, head);
      const isSame = JSON.stringify(tampered) === JSON.stringify(links);
      expect(verdict.whole).toBe(isSame);
    }),
    { numRuns: 500 },
  );
});

test("links cut off at the end are found when the head is known, at the first that is missing", async () => {
  const links = chainOf(["a", "b", "c"]);
  const head = links.at(-1) ?? EMPTY_CHAIN;
  expect(await verifyChain(links.slice(0, 1), head)).toEqual({ whole: false, brokenAt: 2 });
  expect(await verifyChain(links.slice(0, 1))).toMatchObject({ whole: true });
});
