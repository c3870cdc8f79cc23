import { readFileSync } from "node:fs";
import { openCursorStore } from "#consumers-example/client/cursor-store";
import { EventReader } from "#consumers-example/client/event-reader";
import { connectHelseid } from "#consumers-example/client/helseid-connection";
import { createSignedFetch } from "#consumers-example/client/signed-fetch";
import { SUBSCRIBE_SCOPE, TenantApi } from "#consumers-example/client/tenant-api";
import { createTokenClient } from "#consumers-example/client/token-client";

const my = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const helseid = await connectHelseid(my.helseid);
const tokens = createTokenClient(helseid);
const fetch = createSignedFetch(helseid, { get: () => tokens.machineToken(SUBSCRIBE_SCOPE) });
const tenant = new TenantApi(fetch, { serviceUrl: my.serviceUrl, controller: my.controller });

const made = await tenant.subscribe({ topics: ["measurement"], delivery: { way: "feed" } });
if (made.kind !== "ok") throw new Error(made.reason);
const subscription = made.value.id;
console.log(await tenant.addPerson(subscription, my.patient)); // the handle that notices will name
const cursors = openCursorStore(my.store); // goes on from here after a restart
const reader = new EventReader({ cursors, onGap: console.error, onUnreadable: console.error });
reader.add(tenant.feed(subscription));
for await (const { event } of reader) console.log(event.type, event.subject, event["dataref"]);
