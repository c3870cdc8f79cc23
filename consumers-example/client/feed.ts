import type { CallOutcome } from "./call-outcome.ts";
import type { FeedName } from "./cursor-store.ts";
import type { FeedPage } from "./tenant-answers.ts";

export type PageRequest = {
  readonly limit: number;
  /** How long the service may wait for something to tell, in seconds. */
  readonly waitSeconds: number;
  readonly signal?: AbortSignal;
};

/** One subscription at one tenant, and the way to read it. */
export type Feed = FeedName & {
  /** The next events after a cursor, or from the start. */
  read(after: string | undefined, request: PageRequest): Promise<CallOutcome<FeedPage>>;
};
