import { randomBytes } from "node:crypto";
import fastify from "fastify";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { openWebhookMemory } from "#consumers-example/client/webhook-memory";
import { WebhookReceiver } from "#consumers-example/client/webhook-receiver";
import { webhookRoutes } from "#consumers-example/client/webhook-routes";
import { signWebhook } from "#schemas/webhook-signature";
import { lifecycle, newId, notification, TENANT } from "./scripted-tenant.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const secret = `whsec_${randomBytes(32).toString("base64")}`;
const subscription = newId();

type Endpoint = { secrets: string[] } | "pending";

async function startReceiver() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const stored: string[] = [];
  const gaps: unknown[] = [];
  const unreadable: unknown[] = [];
  const state = { failing: false, now: Date.now(), endpoint: { secrets: [secret] } as Endpoint };
  const open = () =>
    new WebhookReceiver({
      endpointOf: (tenant) => {
        if (tenant !== TENANT) return undefined;
        return state.endpoint === "pending"
          ? "pending"
          : { tenant, subscription, secrets: state.endpoint.secrets };
      },
      cursors: stack.use(openCursorStore(folder.at("cursors"))),
      memory: stack.use(openWebhookMemory(folder.at("webhooks"))),
      handle: async ({ event }) => {
        if (state.failing) throw new Error("the disk is full");
        await new Promise((resolve) => setImmediate(resolve));
        stored.push(event.id);
      },
      onGap: (gap) => gaps.push(gap),
      onUnreadable: (one) => void unreadable.push(one),
      now: () => state.now,
    });
  let receiving = open();
  const listen = async () => {
    const server = fastify();
    await server.register(webhookRoutes(receiving));
    stack.defer(() => server.close());
    return server.listen({ host: "127.0.0.1", port: 0 });
  };
  let url = await listen();
  const post = (body: string, headers: Record<string, string>, tenant = TENANT) =>
    fetch(`${url}/webhooks/${tenant}`, { method: "POST", body, headers });
  return {
    stored,
    gaps,
    unreadable,
    state,
    post,
    /** An independent signer's attempt. */
    attempt: (event: unknown, options: { id?: string; at?: number; secret?: string } = {}) => {
      const body = JSON.stringify(event);
      const id = options.id ?? newId();
      const at = new Date(options.at ?? state.now);
      return post(body, {
        "content-type": "application/cloudevents+json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(options.secret ?? secret).sign(id, at, body),
      });
    },
    /** Without HTTP in between: attempts that are exactly simultaneous. */
    receive: (event: unknown) => {
      const body = JSON.stringify(event);
      const timestampSeconds = Math.floor(state.now / 1000);
      const headers = {
        "content-type": "application/cloudevents+json",
        ...signWebhook(secret, { id: "msg_1", timestampSeconds, body }),
      };
      return receiving.receive({ tenant: TENANT, headers, body });
    },
    restart: async () => {
      receiving = open();
      url = await listen();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

describe("a genuine attempt", () => {
  test("is stored before it is answered with 2xx", async () => {
    const event = notification(subscription, 1);
    expect((await receiver.attempt(event)).status).toBe(204);
    expect(receiver.stored).toEqual([event["id"]]);
  });

  test("is answered with 5xx when it cannot be stored, and is stored when it comes again", async () => {
    const event = notification(subscription, 1);
    receiver.state.failing = true;
    expect((await receiver.attempt(event, { id: "msg_1" })).status).toBe(500);
    receiver.state.failing = false;
    expect((await receiver.attempt(event, { id: "msg_1" })).status).toBe(204);
    expect(receiver.stored).toEqual([event["id"]]);
  });

  test("that comes again is answered and not handled again, also after a restart", async () => {
    const event = notification(subscription, 1);
    const attempts = [1, 2, 3].map(() => receiver.attempt(event, { id: "msg_1" }));
    for (const answer of await Promise.all(attempts)) expect(answer.status).toBe(204);
    await receiver.restart();
    expect((await receiver.attempt(event, { id: "msg_1" })).status).toBe(204);
    expect(receiver.stored).toEqual([event["id"]]);
  });

  test("that comes twice at the same time is handled once", async () => {
    const event = notification(subscription, 1);
    const answers = await Promise.all([receiver.receive(event), receiver.receive(event)]);
    expect(answers).toEqual([
      { status: 204, reason: "stored" },
      { status: 204, reason: "dealt with before" },
    ]);
    expect(receiver.stored).toEqual([event["id"]]);
  });

  test("under a new webhook-id is still the same number, and not handled again", async () => {
    const event = notification(subscription, 1);
    await receiver.attempt(event, { id: "msg_1" });
    expect((await receiver.attempt(event, { id: "msg_2" })).status).toBe(204);
    expect(receiver.stored).toEqual([event["id"]]);
  });

  test("asking whether we want the events is answered yes, and is no event for the application", async () => {
    const question = lifecycle(subscription, "subscription.validation");
    expect((await receiver.attempt(question)).status).toBe(204);
    expect(receiver.stored).toEqual([]);
  });

  test("asking so for a subscription that is not ours is answered no", async () => {
    const question = lifecycle(newId(), "subscription.validation");
    expect((await receiver.attempt(question)).status).toBe(400);
  });

  test("that jumps in the numbers is stored, and raises an alarm", async () => {
    await receiver.attempt(notification(subscription, 1));
    await receiver.attempt(notification(subscription, 4));
    expect(receiver.stored).toHaveLength(2);
    expect(receiver.gaps).toEqual([{ tenant: TENANT, subscription, from: 2, to: 3 }]);
  });

  test("that is unreadable is kept whole and accepted, so that it stops nothing", async () => {
    const event = notification(subscription, 1, { diagnosis: "J44" });
    expect((await receiver.attempt(event)).status).toBe(204);
    expect((await receiver.attempt(notification(subscription, 2))).status).toBe(204);
    expect(receiver.unreadable).toMatchObject([{ tenant: TENANT, raw: event }]);
    expect(receiver.stored).toHaveLength(1);
    expect(receiver.gaps).toEqual([]);
  });

  test("with an old and a new secret is taken under either", async () => {
    const older = `whsec_${randomBytes(32).toString("base64")}`;
    receiver.state.endpoint = { secrets: [secret, older] };
    const event = notification(subscription, 1);
    expect((await receiver.attempt(event, { secret: older })).status).toBe(204);
  });

  test("signed by the service's own signer is taken", async () => {
    const body = JSON.stringify(notification(subscription, 1));
    const timestampSeconds = Math.floor(receiver.state.now / 1000);
    const answer = await receiver.post(body, {
      "content-type": "application/cloudevents+json; charset=UTF-8",
      ...signWebhook(secret, { id: "msg_1", timestampSeconds, body }),
    });
    expect(answer.status).toBe(204);
  });
});

describe("an attempt is refused", () => {
  const event = notification(subscription, 1);

  afterEach(() => {
    expect(receiver.stored).toEqual([]);
  });

  test("when another secret signed it", async () => {
    const other = `whsec_${randomBytes(32).toString("base64")}`;
    expect((await receiver.attempt(event, { secret: other })).status).toBe(401);
  });

  test("when its body was changed after signing", async () => {
    const body = JSON.stringify(event);
    const at = new Date(receiver.state.now);
    const answer = await receiver.post(body.replace("created", "retracted"), {
      "content-type": "application/cloudevents+json",
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
    });
    expect(answer.status).toBe(401);
  });

  test.each([-301, 301])("when it was made %i seconds from now", async (seconds) => {
    const at = receiver.state.now + seconds * 1000;
    expect((await receiver.attempt(event, { at })).status).toBe(401);
  });

  test("when it has no signature at all", async () => {
    const headers = { "content-type": "application/cloudevents+json" };
    expect((await receiver.post(JSON.stringify(event), headers)).status).toBe(401);
  });

  test("when it is larger than 64 KiB, before it is read", async () => {
    const large = { ...event, padding: "x".repeat(65 * 1024) };
    expect((await receiver.attempt(large)).status).toBe(413);
  });

  test.each(["application/json", "text/plain"])("when it is %s", async (type) => {
    const answer = await receiver.post(JSON.stringify(event), { "content-type": type });
    expect(answer.status).toBe(415);
  });

  test("when its id could not be kept", async () => {
    expect((await receiver.attempt(event, { id: "a.b" })).status).toBe(400);
    expect((await receiver.attempt(event, { id: "x".repeat(129) })).status).toBe(400);
  });

  test("when nothing is awaited from the tenant", async () => {
    const answer = await receiver.post(
      "{}",
      { "content-type": "application/cloudevents+json" },
      "999",
    );
    expect(answer.status).toBe(404);
  });

  test("for now, while the subscription is being made", async () => {
    receiver.state.endpoint = "pending";
    const answer = await receiver.attempt(event);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});
