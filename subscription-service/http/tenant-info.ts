import { type Static, Type } from "typebox";
import { TopicName } from "#decision/policy-objects";
import * as attribute from "#schemas/attributes";
import { TOPICS } from "#schemas/event-types";
import type { Api } from "./api.ts";
import { TenantParams } from "./bodies.ts";

const TenantInfo = Type.Object({
  controller: attribute.organisation,
  name: Type.String(),
  topics: Type.Array(
    Type.Object({
      topic: TopicName,
      resourceType: Type.String(),
      source: Type.Object({ url: Type.String(), audience: Type.String() }),
    }),
  ),
});

/** What this controller shares, and where it is looked up. */
export function registerTenantInfo({ app, acting }: Api): void {
  app.get<{ Params: Static<typeof TenantParams> }>(
    "/",
    { schema: { params: TenantParams, response: { 200: TenantInfo } } },
    async (request) => {
      const { tenant } = acting(request);
      const topics = tenant.sharing.map(({ topic, url, audience }) => ({
        topic,
        resourceType: TOPICS[topic].resourceType,
        source: { url, audience },
      }));
      return { controller: tenant.controller, name: tenant.name, topics };
    },
  );
}
