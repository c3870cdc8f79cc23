import type { FastifyInstance, FastifySchema, FastifySchemaCompiler } from "fastify";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { strictAjv } from "#schemas/strict-ajv";

/**
 * Compiles routes' schemas with the project's strict JSON Schema 2020-12. A body is judged as it
 * came; query, path and header are text by nature, so numbers and booleans are read out of them.
 */
export function schemaValidation(app: FastifyInstance): FastifySchemaCompiler<FastifySchema> {
  const forBodies = strictAjv();
  const forText = strictAjv({ coerceTypes: true });
  return ({ schema, httpPart }) => {
    const ajv = httpPart === "body" ? forBodies : forText;
    addShared(ajv, app.getSchemas());
    return ajv.compile(schema);
  };
}

/** Schemas that routes refer to by `$id` may be added until the server starts. */
function addShared(ajv: Ajv2020, shared: Record<string, unknown>): void {
  for (const [id, schema] of Object.entries(shared)) {
    if (isSchema(schema) && ajv.getSchema(id) === undefined) ajv.addSchema(schema, id);
  }
}

function isSchema(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
