import { readFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { CloudEvent } from "cloudevents";
import { createPublisher } from "#producers/publisher/create-publisher";
import { logInWithSeed } from "#producers/publisher/log-in-with-seed";
import { deriveTenantKeys } from "#schemas/tenant-keys";

const my = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const logIn = logInWithSeed(new TextEncoder().encode(my.natsSeed));
const connection = await connect({ servers: my.natsUrl, ...logIn });
const { alias: aliasKey } = deriveTenantKeys(Buffer.from(my.masterKey, "base64url"));
const publisher = createPublisher({ connection, controller: my.controller, aliasKey });

const now = new Date().toISOString();
const event = new CloudEvent({
  source: `urn:no:orgnr:${my.controller}:own-system`,
  type: "no.hendelsesstrom.measurement.created.v1",
  subject: my.patient, // the identity number; only an alias of it leaves this process
  time: now,
  recordedtime: now,
  dataref: "https://own-system.example/fhir/Observation/abc", // where it is looked up
  dataversion: "1",
});
console.log(await publisher.publish(event)); // resolves when it is on disk at the broker
await connection.close();
