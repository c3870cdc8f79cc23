/** How many redirects a login takes at most: the EHR, HelseID, and back. */
const MAX_REDIRECTS = 12;

export type Form = Readonly<Record<string, string>>;

type Content = { readonly body?: URLSearchParams | string; readonly type?: string };

/** A browser as a script drives it: keeps cookies per address, follows redirects, sends forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Opens a page, or sends a form, and gives what it finally led to. */
  async open(address: string | URL, form?: Form): Promise<Response> {
    const content = form === undefined ? {} : { body: new URLSearchParams(form) };
    let url = new URL(address);
    let response = await this.#request(url, content);
    for (let redirects = 0; redirects < MAX_REDIRECTS; redirects += 1) {
      const location = response.headers.get("location");
      if (location === null) return response;
      url = new URL(location, url);
      response = await this.#request(url);
    }
    throw new Error("Too many redirects");
  }

  /** Sends JSON, as a page's own script does. */
  sendJson(address: string, value: unknown): Promise<Response> {
    return this.#request(new URL(address), {
      body: JSON.stringify(value),
      type: "application/json",
    });
  }

  async #request(url: URL, { body, type }: Content = {}): Promise<Response> {
    const jar = this.#cookies.get(url.origin) ?? new Map<string, string>();
    this.#cookies.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: {
        cookie,
        accept: "text/html, application/json",
        ...(type !== undefined && { "content-type": type }),
      },
      ...(body !== undefined && { body }),
    });
    for (const line of response.headers.getSetCookie()) keep(jar, line);
    return response;
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (value === "") jar.delete(name);
  else jar.set(name, value);
}
