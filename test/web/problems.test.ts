import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Type } from "typebox";
import { PROBLEMS, Problem, ProblemBody, type ProblemCode } from "#schemas/problem";
import { strictAjv } from "#schemas/strict-ajv";
import { readJson, startServer } from "./start-server.ts";

const Thing = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    count: Type.Optional(Type.Integer()),
    tags: Type.Optional(
      Type.Array(Type.Object({ a: Type.String() }, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false },
);
const Page = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1 })), all: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);

const SECRET = "15847000160";
const isProblem = strictAjv().compile(ProblemBody);
let server: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  server = await startServer(
    (app) => {
      app.post("/things", {
        schema: { body: Thing },
        handler: (request) => ({ got: request.body }),
      });
      app.get("/things", {
        schema: { querystring: Page },
        handler: (request) => ({ got: request.query }),
      });
      app.get("/things/:id", {
        schema: { params: Type.Object({ id: Type.Integer() }) },
        handler: (request) => ({ got: request.params }),
      });
      app.put("/things/:id", () => ({}));
      app.post("/things/_search", () => ({}));
      app.get("/fails/:how", ({ params }) => {
        const { how } = { how: "", ...Object(params) };
        if (how === "problem")
          throw new Problem("conflict", { detail: "taken", retryAfterSeconds: 1.2 });
        if (how === "status") throw Object.assign(new Error(SECRET), { statusCode: 404 });
        if (how === "validation") {
          throw Object.assign(new Error(SECRET), {
            code: "E_OTHER",
            validation: [{ message: SECRET }],
          });
        }
        if (how === "text") throw SECRET; // oxlint-disable-line typescript/only-throw-error
        throw new Error(`no row for ${SECRET}`, { cause: new TypeError(SECRET) });
      });
      app.get("/whole", {
        schema: { response: { 200: Type.Object({ listed: Type.Integer() }) } },
        handler: () => ({ listed: 1, unlisted: "kept" }),
      });
    },
    { bodyLimitBytes: 1_000 },
  );
});

afterAll(() => server.app.close());

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  type = "application/json",
): Promise<Response> {
  return fetch(`${server.url}/things`, { method: "POST", body, headers: { "content-type": type } });
}

async function expectProblem(
  answer: Response,
  code: ProblemCode,
): Promise<Record<string, unknown>> {
  expect(answer.status).toBe(PROBLEMS[code].status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const body = await readJson(answer);
  expect(isProblem(body), JSON.stringify(isProblem.errors)).toBe(true);
  expect(body).toMatchObject({
    type: `https://hendelsesstrom.example/problems/${code}`,
    title: PROBLEMS[code].title,
    status: answer.status,
  });
  return body;
}

describe("a body", () => {
  test("that fits is handed on unchanged", async () => {
    const answer = await post('{"name":"a","count":1}');
    expect(await readJson(answer)).toEqual({ got: { name: "a", count: 1 } });
    expect((await post('{"name":"å"}', "application/json; charset=utf-8")).status).toBe(200);
  });

  test.each([
    ["a number as text", '{"name":"a","count":"1"}', "#/count", "must be integer"],
    ["a text as number", '{"name":1}', "#/name", "must be string"],
    [
      "an unknown member",
      '{"name":"a","colour":"red"}',
      "#",
      "must NOT have additional properties",
    ],
    [
      "an unknown member inside",
      '{"name":"a","tags":[{"a":"b","c":1}]}',
      "#/tags/0",
      "must NOT have additional properties",
    ],
    ["a missing member", "{}", "#", "must have required property 'name'"],
    ["null", "null", "#", "must be object"],
    ["an array", "[]", "#", "must be object"],
  ])("with %s is refused, and it is said where", async (...[, body, pointer, detail]) => {
    const problem = await expectProblem(await post(body), "invalid-request");
    expect(problem["detail"]).toBe("the body is not as the schema demands");
    expect(problem["errors"]).toEqual([{ pointer, detail }]);
  });

  test.each([
    ["no JSON", '{"name":', "the body is not JSON that can be taken"],
    ["nothing", "", "the body is empty"],
    ["__proto__", '{"name":"a","__proto__":{"x":1}}', "the body is not JSON that can be taken"],
    [
      "__proto__ in escapes",
      '{"name":"a","__pr\\u006fto__":1}',
      "the body is not JSON that can be taken",
    ],
    [
      "constructor.prototype",
      '{"constructor":{"prototype":{}}}',
      "the body is not JSON that can be taken",
    ],
  ])("of %s is refused without a quotation", async (_name, body, detail) => {
    const problem = await expectProblem(await post(body), "invalid-request");
    expect(problem).toMatchObject({ detail });
    expect(problem).not.toHaveProperty("errors");
  });

  test("of bytes that are not UTF-8 is refused, not repaired", async () => {
    const bytes = new Uint8Array([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]);
    const problem = await expectProblem(await post(bytes), "invalid-request");
    expect(problem["detail"]).toBe("the body is not UTF-8");
  });

  test.each(["text/plain", "application/xml", "application/jsonp", "multipart/form-data", "*/*"])(
    "of type %s is refused",
    async (type) => {
      await expectProblem(await post('{"name":"a"}', type), "unsupported-media-type");
    },
  );

  test("over the limit is refused, with and without a declared length", async () => {
    const large = JSON.stringify({ name: "x".repeat(1_000) });
    await expectProblem(await post(large), "too-large");
    const streamed = await fetch(`${server.url}/things`, {
      method: "POST",
      body: new Blob([large]).stream(),
      headers: { "content-type": "application/json" },
      duplex: "half",
    });
    await expectProblem(streamed, "too-large");
  });
});

describe("an address", () => {
  test("has its numbers read as numbers", async () => {
    const answer = await fetch(`${server.url}/things?limit=2&all=true`);
    expect(await readJson(answer)).toEqual({ got: { limit: 2, all: true } });
    expect(await readJson(await fetch(`${server.url}/things/7`))).toEqual({ got: { id: 7 } });
  });

  test.each([
    ["/things?limit=two", "the querystring is not as the schema demands"],
    ["/things?limit=1&limit=2", "the querystring is not as the schema demands"],
    ["/things?other=1", "the querystring is not as the schema demands"],
    ["/things/x", "the params is not as the schema demands"],
    ["/things/%zz", "the address is not validly encoded"],
    [`/things/${"1".repeat(300)}`, "a part of the address is too long"],
  ])("%s is refused", async (path, detail) => {
    const problem = await expectProblem(await fetch(server.url + path), "invalid-request");
    expect(problem["detail"]).toBe(detail);
  });

  test.each(["/", "/nothing", "/things/", "/things/1/2", "/THINGS", "/health/live"])(
    "%s is not found",
    async (path) => {
      await expectProblem(await fetch(server.url + path), "not-found");
    },
  );

  test("that is unknown is not found before its body is read", async () => {
    const answer = await fetch(`${server.url}/nothing`, {
      method: "POST",
      body: '{"broken',
      headers: { "content-type": "x/y" },
    });
    await expectProblem(answer, "not-found");
  });

  test.each([
    ["DELETE", "/things", "GET, POST"],
    ["PATCH", "/things/7", "GET, PUT"],
    ["HEAD", "/things/7", "GET, PUT"],
    ["OPTIONS", "/things", "GET, POST"],
    ["DELETE", "/things/_search?x=1", "GET, POST, PUT"],
    ["POST", "/openapi.json", "GET"],
  ])("%s %s is answered with what is allowed", async (method, path, allow) => {
    const answer = await fetch(server.url + path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
    if (method !== "HEAD") await expectProblem(answer, "method-not-allowed");
  });
});

describe("a handler that throws", () => {
  test("a problem is answered with it", async () => {
    const answer = await fetch(`${server.url}/fails/problem`);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(await expectProblem(answer, "conflict")).toMatchObject({ detail: "taken" });
  });

  test.each(["error", "status", "validation", "text"])(
    "another thing (%s) is answered with nothing of it",
    async (how) => {
      const problem = await expectProblem(await fetch(`${server.url}/fails/${how}`), "internal");
      expect(Object.keys(problem)).toEqual(["type", "title", "status"]);
    },
  );
});

test("an answer keeps members that its schema does not list", async () => {
  expect(await readJson(await fetch(`${server.url}/whole`))).toEqual({
    listed: 1,
    unlisted: "kept",
  });
});

test("nothing of a failure or an address was logged", () => {
  const log = server.lines.join("");
  expect(log).not.toContain(SECRET);
  expect(log).not.toContain("/things/7");
  expect(server.requestLines().length).toBeGreaterThan(30);
});
