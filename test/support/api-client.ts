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
  return async (
    method: string,
    url: string,
    { body, type = "application/json", headers = {} }: RequestOptions = {},
  ): Promise<Answer> => {
    const minted = await fetch(`${issuer}/stand-in/test-token`, {
      method: "POST",
      body: JSON.stringify({ ...caller, htm: method, htu: url.split("?")[0] }),
    });
    const token: TestToken = JSON.parse(await minted.text());
    if (!minted.ok) throw new Error(token.error_description);
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
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : parse(text),
      text,
    };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export type ApiClient = ReturnType<typeof apiClient>;
