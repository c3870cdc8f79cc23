import { afterAll, beforeAll } from "vitest";
import type { StartedPart } from "../support/started-part.ts";
import { type SourceName, type SourceSite, startSourceSite } from "./source-site.ts";

const START_TIMEOUT_MS = 20_000;

/** A source at work that the tests of one file share; each uses persons of its own. */
export function sharedSource(name: SourceName): {
  readonly at: SourceSite;
  readonly source: StartedPart;
  readonly url: string;
} {
  let at: SourceSite | undefined;
  let source: StartedPart | undefined;
  beforeAll(async () => {
    at = await startSourceSite(name);
    source = await at.startSource();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
    await at?.[Symbol.asyncDispose]();
  });
  return {
    get at() {
      if (at === undefined) throw new Error("the site did not start");
      return at;
    },
    get source() {
      if (source === undefined) throw new Error("the source did not start");
      return source;
    },
    get url() {
      return String(this.source.ready["url"]);
    },
  };
}
