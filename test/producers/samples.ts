import { readFileSync } from "node:fs";

/** A resource as tests change it. */
export type Json = { [name: string]: unknown };

/** The text of one of the samples that come with the producers. */
export function sampleText(name: string): string {
  return readFileSync(new URL(`../../producers/samples/${name}.json`, import.meta.url), "utf8");
}

/** A sample, parsed. */
export function sample(name: string): Json {
  const parsed: unknown = JSON.parse(sampleText(name));
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("not an object");
  return { ...parsed };
}

/** The subject of a resource about a person. */
export function about(identityNumber: string): Json {
  const system = `urn:oid:2.16.578.1.12.4.1.4.${/^[4-7]/.test(identityNumber) ? 2 : 1}`;
  return { identifier: { system, value: identityNumber } };
}
