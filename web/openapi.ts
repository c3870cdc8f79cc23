import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, ProblemBody } from "#schemas/problem";

const PROBLEM_ANSWER = {
  description: "A problem (RFC 9457)",
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: PROBLEM_SCHEMA_ID } } },
};

/** Serves the routes' own description as OpenAPI 3.1 at `GET /openapi.json`. */
export async function describeApi(
  app: FastifyInstance,
  { title, version }: { title: string; version: string },
): Promise<void> {
  app.addSchema(ProblemBody);
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title, version } },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (...[schema, , , index]) => nameOf(schema["$id"], index),
    },
    transform: ({ schema, url }) => ({ schema: withProblems(schema), url }),
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

/** A shared schema is called what the last part of its `$id` says. */
function nameOf(id: unknown, index: number): string {
  return typeof id === "string" ? (id.split("/").at(-1) ?? id) : `schema-${index}`;
}

/** Every route may answer with a problem; none has to say so itself. */
function withProblems(schema: FastifySchema | undefined): FastifySchema {
  const described: unknown = schema?.response;
  const answers = typeof described === "object" && described !== null ? described : {};
  return { ...schema, response: { ...answers, default: PROBLEM_ANSWER } };
}
