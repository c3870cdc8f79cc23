import { Type } from "typebox";
import { expect, test } from "vitest";
import { PROBLEM_SCHEMA_ID } from "#schemas/problem";
import { readJson, startServer } from "./start-server.ts";

const COLOUR_ID = "https://hendelsesstrom.example/schemas/colour";
const Colour = Type.Object(
  { kind: Type.Literal("colour"), value: Type.String() },
  { $id: COLOUR_ID, additionalProperties: false },
);
const Point = Type.Object(
  {
    at: Type.Unsafe<[number, number]>({
      type: "array",
      prefixItems: [{ type: "number" }, { type: "number" }],
      items: false,
      minItems: 2,
    }),
  },
  { $id: "https://hendelsesstrom.example/schemas/point", additionalProperties: false },
);

async function start() {
  return startServer((app) => {
    app.addSchema(Colour);
    app.post("/colours", {
      schema: { body: { $ref: COLOUR_ID }, response: { 201: { $ref: COLOUR_ID } } },
      handler: (request, reply) => reply.code(201).send(request.body),
    });
    app.put("/points/:id", {
      schema: { params: Type.Object({ id: Type.String() }), body: Point, response: { 200: Point } },
      handler: (request) => request.body,
    });
    app.post("/points", { schema: { body: Point }, handler: (request) => request.body });
  });
}

test("the server describes its routes as OpenAPI 3.1, constants and tuples as they are", async () => {
  await using server = await start();
  const answer = await fetch(`${server.url}/openapi.json`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  const document = await readJson(answer);
  const colour = { $ref: "#/components/schemas/colour" };
  const problem = {
    description: "A problem (RFC 9457)",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/problem" } } },
  };
  expect(document).toMatchObject({
    openapi: "3.1.0",
    info: { title: "Test", version: "1.0.0" },
    components: {
      schemas: {
        colour: { properties: { kind: { const: "colour" } }, additionalProperties: false },
        problem: { required: ["type", "title", "status"] },
      },
    },
    paths: {
      "/colours": {
        post: {
          requestBody: { content: { "application/json": { schema: colour } } },
          responses: {
            201: { content: { "application/json": { schema: colour } } },
            default: problem,
          },
        },
      },
      "/points/{id}": { put: { responses: { default: problem } } },
    },
  });
  expect(JSON.stringify(document)).toContain('"prefixItems":[{"type":"number"},{"type":"number"}]');
  expect(Object.keys(Object(document["paths"]))).not.toContain("/openapi.json");
  expect(JSON.stringify(document)).not.toContain(PROBLEM_SCHEMA_ID);
});

test.each([
  ["/colours", { kind: "colour", value: "red" }, 201],
  ["/colours", { kind: "sound", value: "red" }, 400],
  ["/points", { at: [1, 2] }, 200],
  ["/points", { at: [1, 2, 3] }, 400],
  ["/points", { at: [1] }, 400],
])(
  "a body for %s is judged by the schema that is described: %j, %d",
  async (path, body, status) => {
    await using server = await start();
    const answer = await fetch(server.url + path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(status);
  },
);
