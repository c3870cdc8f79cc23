import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loopbackToo, publicAddressesOnly } from "#subscription-service/domain/address-rule";
import { WebhookClient } from "#subscription-service/delivery/webhook-client";
import type { AttemptOutcome } from "#subscription-service/domain/webhook-attempt";
import { type Receiver, startReceiver, withStatus } from "../support/receiver.ts";

const NEVER = new AbortController().signal;
const NOW = Date.parse("2026-11-22T12:00:00Z");

const PUBLIC = [
  "93.184.215.14",
  "1.1.1.1",
  "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
  "2a00:1450::1",
];
const PRIVATE = [
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "0.0.0.0",
  "0.1.2.3",
  "192.0.0.8",
  "192.0.2.1",
  "198.18.0.1",
  "198.51.100.7",
  "203.0.113.9",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "fe80::1",
  "fc00::1",
  "fd12:3456:789a::1",
  "fec0::1",
  "ff02::1",
  "2001:db8::1",
  "2001::1",
  "2002:a00:1::1",
  "64:ff9b::a00:1",
  "64:ff9b:1::a00:1",
  "::ffff:10.0.0.1",
  "::ffff:169.254.169.254",
  "::10.0.0.1",
  "100::1",
];
const LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"];

describe("addresses", () => {
  test.each(PUBLIC)("%s is of the public internet", (address) => {
    expect(publicAddressesOnly(address)).toBe(true);
    expect(loopbackToo(address)).toBe(true);
  });
  test.each(PRIVATE)("%s is not, by either rule", (address) => {
    expect(publicAddressesOnly(address)).toBe(false);
    expect(loopbackToo(address)).toBe(false);
  });
  test.each(LOOPBACK)("%s is only with the rule for one machine", (address) => {
    expect(publicAddressesOnly(address)).toBe(false);
    expect(loopbackToo(address)).toBe(true);
  });
});

describe("posting", () => {
  let receiver: Receiver;
  const client = new WebhookClient({ rule: loopbackToo, now: () => NOW });
  const strict = new WebhookClient({ rule: publicAddressesOnly, now: () => NOW });
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });
  const post = (url: string, by = client, signal = NEVER): Promise<AttemptOutcome> =>
    by.post({ url, body: "{}", headers: { "webhook-id": "abc" } }, signal);

  test("brings body and headers, and takes 2xx for an answer", async () => {
    expect(await post(`${receiver.url}/hook?x=1`)).toEqual({ kind: "accepted" });
    expect(receiver.calls.at(-1)).toMatchObject({
      method: "POST",
      path: "/hook?x=1",
      body: "{}",
      headers: { "webhook-id": "abc" },
    });
  });

  test("follows no redirect", async () => {
    const before = receiver.calls.length;
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer(withStatus(status, { location: `${receiver.url}/elsewhere` }));
      expect(await post(`${receiver.url}/hook`)).toEqual({
        kind: "failed",
        reason: `status ${status}`,
      });
    }
    expect(receiver.calls.slice(before).map(({ path }) => path)).toEqual(Array(5).fill("/hook"));
  });

  test("hears how long it is to wait", async () => {
    receiver.answer(withStatus(503, { "retry-after": "7" }));
    expect(await post(receiver.url)).toEqual({
      kind: "failed",
      reason: "status 503",
      retryAfterMs: 7000,
    });
  });

  test("has been answered by the status, whatever comes after it", async () => {
    receiver.answer((_call, _index, response) => {
      response.writeHead(200, { "content-length": "1000000" });
      response.write("x".repeat(300_000), () => response.destroy());
    });
    expect(await post(receiver.url)).toEqual({ kind: "accepted" });
    receiver.answer(
      (_call, _index, response) => void response.writeHead(200).end("x".repeat(2_000_000)),
    );
    expect(await post(receiver.url)).toEqual({ kind: "accepted" });
    receiver.answer(
      (_call, _index, response) => void response.writeHead(410).end("x".repeat(2_000_000)),
    );
    expect(await post(receiver.url)).toEqual({ kind: "gone" });
  });

  test("tells a broken or missing endpoint by a word, without its address", async () => {
    receiver.answer((_call, _index, response) => response.destroy());
    const broken = await post(receiver.url);
    const missing = await post("http://127.0.0.1:1/hook");
    const unknown = await post("http://hendelsesstrom.invalid/hook");
    expect(broken).toEqual({ kind: "failed", reason: "UND_ERR_SOCKET" });
    expect(missing).toEqual({ kind: "failed", reason: "ECONNREFUSED" });
    expect(unknown).toMatchObject({ kind: "failed", reason: expect.stringMatching(/^E[A-Z_]+$/) });
  });

  test("ends at once when it is called off", async () => {
    receiver.answer(() => undefined);
    const calledOff = new AbortController();
    const before = receiver.calls.length;
    const under = post(receiver.url, client, calledOff.signal);
    await receiver.called(before + 1);
    calledOff.abort();
    expect(await under).toMatchObject({ kind: "failed" });
  });

  test.each([
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://2130706433:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://0.0.0.0:PORT/",
  ])("never reaches %s by the strict rule", async (template) => {
    receiver.answer(withStatus(204));
    const before = receiver.calls.length;
    const outcome = await post(template.replace("PORT", new URL(receiver.url).port), strict);
    expect(outcome).toEqual({ kind: "failed", reason: "the endpoint's address is not allowed" });
    expect(receiver.calls).toHaveLength(before);
  });

  test.each([
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/",
    "http://[fd00::1]/",
    "http://[::ffff:a00:1]/",
  ])("never reaches %s by the rule for one machine either", async (url) => {
    expect(await post(url)).toEqual({
      kind: "failed",
      reason: "the endpoint's address is not allowed",
    });
  });
});
