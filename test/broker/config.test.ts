import { expect, test } from "vitest";
import { readBrokerConfig } from "#broker/config";

test("an empty environment says nothing about the broker", () => {
  expect(readBrokerConfig({})).toEqual({
    natsUrl: undefined,
    natsServerBin: undefined,
    searchPath: "",
  });
  expect(readBrokerConfig({ NATS_URL: "", NATS_SERVER_BIN: "" }).natsUrl).toBeUndefined();
});

test("the variables are taken as they are", () => {
  const environment = {
    NATS_URL: "nats://broker:4222",
    NATS_SERVER_BIN: "/opt/nats-server",
    PATH: "/a:/b",
  };
  expect(readBrokerConfig(environment)).toEqual({
    natsUrl: "nats://broker:4222",
    natsServerBin: "/opt/nats-server",
    searchPath: "/a:/b",
  });
});

test.each(["broker:4222", "http://broker:4222", "tls://broker:4222", "nats://", "%"])(
  "NATS_URL %j is refused for its form",
  (url) => {
    expect(() => readBrokerConfig({ NATS_URL: url })).toThrow(
      "The broker's environment is wrong: NATS_URL must have the form nats://host:port",
    );
  },
);

test("every fault of NATS_URL is named at once, and its password never", () => {
  const environment = { NATS_URL: "nats://user:hemmelig@broker:4222/path" };
  expect(() => readBrokerConfig(environment)).toThrow(
    /^(?!.*hemmelig).*must not hold credentials.*must end after the port$/,
  );
});
