import { PROBLEM_MEDIA_TYPE, ProblemBody } from "#schemas/problem";
import { compileValidator } from "#schemas/strict-ajv";

const validateProblem = compileValidator(ProblemBody);

/** What a test asks HelseID's stand-in for; see stand-ins/helseid/test-token. */
export type TestCaller = {
  readonly client: string;
  readonly scopes: readonly string[];
  readonly organisation?: { readonly parent: string };
  readonly practitioner?: unknown;
  readonly attestation?: unknown;
  readonly switches?: readonly string[];
};

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed where it is JSON. */
  readonly body: unknown;
  readonly text: string;
};

export type RequestOptions = {
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Record<string, string>;
};

type TestToken = { accessToken: string; dpopProof: string; error_description?: string };

/** Calls an API as somebody: each request with a fresh token and proof from the stand-in. */
export function apiClient(issuer: string, caller: TestCaller) {
  return async (method: string, url: string, options: RequestOptions = {}): Promise<Answer> => {
    const { body, type = "application/json", headers = {} } = options;
    const token = await mint(issuer, { ...caller, htm: method, htu: url.split("?")[0] });
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `DPoP ${token.accessToken}`,
        dpop: token.dpopProof,
        ...(body !== undefined && { "content-type": type }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return answerOf(response, url);
  };
}

async function mint(issuer: string, wanted: object): Promise<TestToken> {
  const minted = await fetch(`${issuer}/stand-in/test-token`, {
    method: "POST",
    body: JSON.stringify(wanted),
  });
  const token: TestToken = JSON.parse(await minted.text());
  if (!minted.ok) throw new Error(token.error_description);
  return token;
}

async function answerOf(response: Response, url: string): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  if (status >= 400 && url.includes("/tenants/")) assertProblem(response, text);
  return { status, headers, body: text === "" ? undefined : parse(text), text };
}

/** RFC 9457 everywhere: whatever a tenant's API refuses, it says so in this form. */
function assertProblem({ status, headers }: Response, text: string): void {
  const judged = validateProblem(parse(text));
  const isProblem = headers.get("content-type") === PROBLEM_MEDIA_TYPE && judged.valid;
  if (!isProblem || judged.value.status !== status)
    throw new Error(`${status} was answered without a problem: ${text}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export type ApiClient = ReturnType<typeof apiClient>;
