import { randomUUID } from "node:crypto";
import { afterAll, inject } from "vitest";
import {
  type NatsServer,
  startNatsServer,
  type StartOptions,
} from "#broker/server/start-nats-server";

// The same in every test, so that a second start on a kept store needs nothing but the store.
const TEST_STORE_KEY = "a-key-for-the-stores-of-tests";

/** Starts a nats-server of the test's own, whatever `NATS_URL` says. Use it with `await using`. */
export function startTestNats(options: Omit<StartOptions, "binary"> = {}): Promise<NatsServer> {
  return startNatsServer({
    encryptionKey: TEST_STORE_KEY,
    ...options,
    binary: inject("natsBinary"),
  });
}

/**
 * A server that the tests of one file share: started when first asked for, stopped after the last test. Call it at the
 * top of the file, and give each stream and subject a `uniqueName`.
 */
export function sharedNats(): () => Promise<NatsServer> {
  let started: Promise<NatsServer> | undefined;
  afterAll(async () => {
    await (await started)?.[Symbol.asyncDispose]();
  });
  return () => (started ??= startTestNats());
}

/** A name that no other test has, fit for streams, subjects and consumers. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
