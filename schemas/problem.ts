import { Type, type Static } from "typebox";
import type { Fault } from "./strict-ajv.ts";

/**
 * The closed set of problems that our APIs answer with (RFC 9457): each has one HTTP status and
 * one title. What is particular to an occurrence stands in `detail` and `errors`.
 */
export const PROBLEMS = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "invalid-event": { status: 400, title: "The event is not valid" },
  unauthenticated: { status: 401, title: "A valid access token is needed" },
  "invalid-proof": { status: 401, title: "The DPoP proof is not valid" },
  forbidden: { status: 403, title: "The caller may not do this" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  conflict: { status: 409, title: "The request conflicts with the present state" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The media type is not supported" },
  unprocessable: { status: 422, title: "The request cannot be carried out" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  "headers-too-large": { status: 431, title: "The header fields are too large" },
  internal: { status: 500, title: "The request failed here" },
  unavailable: { status: 503, title: "The service cannot answer now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

const TYPE_PREFIX = "https://hendelsesstrom.example/problems/";

/** The media type of a problem body (RFC 9457 section 3). */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** The name under which API descriptions refer to {@link ProblemBody}. */
export const PROBLEM_SCHEMA_ID = "https://hendelsesstrom.example/schemas/problem";

export const ProblemBody = Type.Object(
  {
    type: Type.Enum(Object.keys(PROBLEMS).map((code) => TYPE_PREFIX + code)),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { pointer: Type.String(), detail: Type.String() },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  {
    $id: PROBLEM_SCHEMA_ID,
    title: "Problem",
    additionalProperties: false,
  },
);

export type ProblemBody = Static<typeof ProblemBody>;

export type ProblemOptions = {
  /** What went wrong this time. Shown to the caller: no inner workings, nothing about a patient. */
  readonly detail?: string;
  /** Where in the body it went wrong: `pointer` is a JSON pointer as URI fragment (RFC 6901). */
  readonly errors?: readonly Fault[];
  /** When to try again, in seconds from now. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
};

/** Thrown where a request cannot be served; becomes its HTTP answer in one place (`#web`). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The body that a caller gets. */
  toBody(): ProblemBody {
    return {
      type: TYPE_PREFIX + this.code,
      title: PROBLEMS[this.code].title,
      status: this.status,
      ...(this.detail !== undefined && { detail: this.detail }),
      ...(this.errors !== undefined && { errors: [...this.errors] }),
    };
  }
}
