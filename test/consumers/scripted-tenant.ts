import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { randomBytes } from "node:crypto";
import { toLetters } from "#schemas/letters";

export type Call = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
};

export type Reply = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** What a scripted server says to a call; undefined leaves it unanswered until the server stops. */
export type Script = (call: Call) => Reply | undefined | Promise<Reply | undefined>;

export type ScriptedServer = AsyncDisposable & {
  readonly url: string;
  /** Every call so far. */
  readonly calls: Call[];
  answer: Script;
};

/** A real HTTP server that plays the other side of the contract as a test wants it. */
export async function startScriptedServer(answer: Script): Promise<ScriptedServer> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  const scripted: ScriptedServer = {
    url: "",
    calls,
    answer,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await read(request);
    calls.push(call);
    const reply = await scripted.answer(call);
    if (reply === undefined || response.destroyed) return;
    const { status, body, headers = {} } = reply;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(scripted, { url: `http://127.0.0.1:${port}` });
}

async function read(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const url = new URL(request.url ?? "/", "http://scripted");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: request.headers["content-type"]?.includes("json") === true ? JSON.parse(text) : text,
  };
}

export const TENANT = "312345013";

export function newId(): string {
  return toLetters(randomBytes(16));
}

/** A notification as the service hands it out. */
export function notification(
  subscription: string,
  number: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    specversion: "1.0",
    id: newId(),
    source: `urn:no:orgnr:${TENANT}:dho`,
    type: "no.hendelsesstrom.measurement.created.v1",
    subject: "a".repeat(32),
    time: "2026-11-22T10:15:00Z",
    recordedtime: "2026-11-22T10:15:02Z",
    dataref: `http://127.0.0.1:1/fhir/Observation/${newId()}`,
    dataversion: "1",
    eventnumber: String(number),
    subscription,
    ...overrides,
  };
}

export function lifecycle(
  subscription: string,
  name: string,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    specversion: "1.0",
    id: newId(),
    source: `urn:no:orgnr:${TENANT}:subscriptions`,
    type: `no.hendelsesstrom.${name}.v1`,
    time: "2026-11-22T10:15:00Z",
    subscription,
    ...overrides,
  };
}

/** A page of a log as the service answers it; the cursor is a place in the log. */
export function pageOf(log: readonly unknown[], { query }: Call): Reply {
  const from = Number(query.get("after")?.split(".")[1] ?? 0);
  const limit = Number(query.get("limit"));
  const events = log.slice(from, from + limit);
  const cursor = `epoch.${from + events.length}`;
  return { status: 200, body: { events, cursor, last: String(log.length) } };
}
