import * as oauth from "oauth4webapi";
import { REDIRECT_URI } from "./registrations.ts";
import type { TestClient } from "./test-client.ts";

/** A browser as a script sees it: it keeps cookies and follows nothing by itself. */
export type Browser = {
  open(address: string | URL, form?: Record<string, string>): Promise<Response>;
};

export function createBrowser(): Browser {
  const cookies = new Map<string, string>();
  return {
    async open(address, form) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(address, {
        method: form === undefined ? "GET" : "POST",
        redirect: "manual",
        headers: { cookie, accept: "text/html" },
        ...(form && { body: new URLSearchParams(form) }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
  };
}

export function redirectOf(response: Response): URL {
  const location = response.headers.get("location");
  if (location === null) throw new Error(`no redirect, but ${response.status}`);
  return new URL(location, response.url);
}

/** Sends the form on oidc-provider's page about ending a login. */
export async function submit(
  browser: Browser,
  page: Response,
  form: Record<string, string>,
): Promise<Response> {
  const html = await page.text();
  const [, action = ""] = /action="([^"]+)"/.exec(html) ?? [];
  const [, xsrf = ""] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
  return browser.open(action, { xsrf, ...form });
}

export type LoginRequest = {
  readonly scope: string;
  readonly form: Record<string, string>;
  readonly more?: Record<string, string>;
  readonly browser?: Browser;
};

/** Pushes a request with PKCE, and sends the browser to the login page. */
export async function beginLogin(
  client: TestClient,
  { scope, more }: Pick<LoginRequest, "scope" | "more">,
): Promise<{ address: URL; verifier: string }> {
  const verifier = oauth.generateRandomCodeVerifier();
  const pushed = await client.push({
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  const address = new URL(client.server.authorization_endpoint ?? "");
  address.searchParams.set("client_id", client.client.client_id);
  address.searchParams.set("request_uri", pushed.request_uri);
  return { address, verifier };
}

/** A whole login: the address that the browser ends at, and the code's verifier. */
export async function logIn(
  client: TestClient,
  request: LoginRequest,
): Promise<{ callback: URL; verifier: string }> {
  const { address, verifier } = await beginLogin(client, request);
  const browser = request.browser ?? createBrowser();
  const loginPage = redirectOf(await browser.open(address));
  await browser.open(loginPage);
  const resumed = redirectOf(await browser.open(loginPage, request.form));
  return { callback: redirectOf(await browser.open(resumed)), verifier };
}
