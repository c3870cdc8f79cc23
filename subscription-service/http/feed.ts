import type { FastifyReply, FastifyRequest } from "fastify";
import type { Static } from "typebox";
import type { HandedOut } from "#schemas/notification";
import { Problem } from "#schemas/problem";
import type { Api } from "./api.ts";
import { FeedAnswer, FeedQuery, SubscriptionParams } from "./bodies.ts";
import { ownSubscription } from "./own-subscription.ts";
import type { Feed } from "./tenant-context.ts";

const DEFAULT_LIMIT = 100;

/** How soon to ask again when no decision can be made. */
const HOLD_RETRY_SECONDS = 1;

type Position = { readonly sequence: number };

/** The pull feed: notifications after a cursor, waited for when there are none yet. */
export function registerFeed({ app, acting }: Api): void {
  const closing = new AbortController();
  app.addHook("preClose", async () => closing.abort()); // closing waits for answers under way
  app.get<{ Params: Static<typeof SubscriptionParams>; Querystring: Static<typeof FeedQuery> }>(
    "/subscriptions/:id/events",
    {
      schema: { params: SubscriptionParams, querystring: FeedQuery, response: { 200: FeedAnswer } },
    },
    async (request, reply) => {
      const who = acting(request);
      const { id } = request.params;
      ownSubscription(who, id);
      const { feed } = who.tenant;
      const { after, limit = DEFAULT_LIMIT, wait = 0 } = request.query;
      const from = parseCursor(feed, after);
      const placed = await readOrWait(feed, {
        id,
        from,
        limit,
        waitMs: wait * 1000,
        signal: AbortSignal.any([closing.signal, goneSignal(request, reply)]),
      });
      return answer(feed, { id, from, placed });
    },
  );
}

type Placed = Awaited<ReturnType<Feed["read"]>>;

async function readOrWait(
  feed: Feed,
  {
    id,
    from,
    limit,
    waitMs,
    signal,
  }: { id: string; from: Position; limit: number; waitMs: number; signal: AbortSignal },
): Promise<Placed> {
  const version = feed.version(id);
  const placed = await feed.read(id, from.sequence, limit);
  if (placed.length > 0 || waitMs === 0) return placed;
  await feed.waitForNext(id, version, { timeoutMs: waitMs, signal });
  return feed.read(id, from.sequence, limit);
}

/** Decides on each anew and answers in the same tick, so that nothing lies between the two. */
function answer(
  feed: Feed,
  { id, from, placed }: { id: string; from: Position; placed: Placed },
): Static<typeof FeedAnswer> {
  const events: HandedOut[] = [];
  let position = from;
  let last = feed.lastNumber(id);
  for (const { sequence, stored } of placed) {
    const decided = feed.handOut(id, stored);
    if (decided.kind === "hold") break;
    events.push(decided.event);
    position = { sequence };
    last = Math.max(last, stored.number); // our own writer may be behind another's
  }
  if (!feed.isCurrent() || (placed.length > 0 && events.length === 0))
    throw new Problem("unavailable", { retryAfterSeconds: HOLD_RETRY_SECONDS });
  return {
    events,
    cursor: `${feed.epoch}.${position.sequence}`,
    last: String(last),
  };
}

function parseCursor({ epoch }: Feed, after: string | undefined): Position {
  if (after === undefined) return { sequence: 0 };
  const [ofEpoch, sequence] = after.split(".");
  if (ofEpoch !== epoch) {
    throw new Problem("conflict", {
      detail: "the cursor is from before the log was made anew; start again without it",
    });
  }
  return { sequence: Number(sequence) };
}

/** Aborts when the caller has gone. */
function goneSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  if (request.raw.destroyed) gone.abort();
  return gone.signal;
}
