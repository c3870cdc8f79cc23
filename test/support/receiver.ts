import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type ReceivedCall = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
};

/** What a receiver does with its n-th call (from 0). */
export type Answering = (call: ReceivedCall, index: number, response: ServerResponse) => void;

/** A consumer's endpoint: a real server that keeps what it is sent and answers as told. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** Waits until there have been so many calls. */
  called(count: number): Promise<readonly ReceivedCall[]>;
  /** From now on it answers like this. */
  answer(how: Answering): void;
}

const CALLED_MS = 20_000;

export function withStatus(status: number, headers: Record<string, string> = {}): Answering {
  return (_call, _index, response) => void response.writeHead(status, headers).end();
}

export async function startReceiver(first: Answering = withStatus(204)): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const waiting = new Set<() => void>();
  let answering = first;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await read(request);
    calls.push(call);
    answering(call, calls.length - 1, response);
    for (const check of waiting) check();
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answer: (how) => (answering = how),
    async called(count) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = (): void => reject(new Error(`${calls.length} calls of ${count} came`));
      const timer = setTimeout(late, CALLED_MS);
      const check = (): void => void (calls.length >= count && resolve());
      waiting.add(check);
      check();
      await promise.finally(() => (clearTimeout(timer), waiting.delete(check)));
      return calls;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<ReceivedCall> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return { method: request.method ?? "", path: request.url ?? "", headers, body };
}
