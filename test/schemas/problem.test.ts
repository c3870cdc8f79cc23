import { expect, test } from "vitest";
import { Problem, PROBLEM_MEDIA_TYPE, ProblemBody, PROBLEMS } from "#schemas/problem";
import { compileValidator } from "#schemas/strict-ajv";

const validate = compileValidator(ProblemBody);

test("these are all problems there are, each with its status", () => {
  const statuses = Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
  );
  expect(statuses).toEqual({
    "invalid-request": 400,
    "invalid-event": 400,
    unauthenticated: 401,
    "invalid-proof": 401,
    forbidden: 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "request-timeout": 408,
    conflict: 409,
    "too-large": 413,
    "unsupported-media-type": 415,
    unprocessable: 422,
    "too-many-requests": 429,
    "headers-too-large": 431,
    internal: 500,
    unavailable: 503,
  });
  expect(PROBLEM_MEDIA_TYPE).toBe("application/problem+json");
});

test.each(Object.keys(PROBLEMS))(
  "%s becomes a body of RFC 9457, alone and with particulars",
  (code) => {
    if (!isCode(code)) throw new TypeError(code);
    const bare = new Problem(code).toBody();
    expect(bare).toEqual({
      type: `https://hendelsesstrom.example/problems/${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
    });
    expect(validate(bare)).toMatchObject({ valid: true });
    const errors = [{ pointer: "#/patient", detail: "must be there" }];
    const full = new Problem(code, { detail: "this time", errors, retryAfterSeconds: 3 }).toBody();
    expect(full).toEqual({ ...bare, detail: "this time", errors });
    expect(validate(full)).toMatchObject({ valid: true });
  },
);

test("what caused it is kept for us and is no part of the body", () => {
  const problem = new Problem("internal", { cause: new Error("row of a patient") });
  expect(problem.message).toBe("The request failed here");
  expect(JSON.stringify(problem.toBody())).not.toContain("row of a patient");
});

function isCode(text: string): text is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, text);
}
