import type { IncomingMessage } from "node:http";
import { answerStandIn } from "./answer-stand-in.ts";
import { login } from "./login.ts";
import { sendJson } from "./send.ts";
import type { Exchange, StandIn } from "./stand-in.ts";

/** Answers one request: the stand-in's own paths, the login, or oidc-provider's. */
export async function answer(standIn: StandIn, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  response.setHeader("x-stand-in", "HelseID stand-in for development and test, never for real use");
  try {
    followIssuer(request, standIn.issuer);
    const path = request.url ?? "/";
    if (path === "/" || path.startsWith("/stand-in/")) await answerStandIn(standIn, exchange);
    else if (path.startsWith("/login/")) await login(standIn.provider, standIn.directory, exchange);
    else await standIn.provider.callback()(request, response);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    standIn.onFault({ path: request.url ?? "", client: undefined, error: "server_error", detail });
    if (!response.headersSent) sendJson(response, 500, { error: "server_error" });
    else response.destroy();
  }
}

/** Metadata and proofs go by the issuer, whatever name or port map the request came through. */
function followIssuer(request: IncomingMessage, issuer: string): void {
  const { host, protocol } = new URL(issuer);
  request.headers["x-forwarded-host"] = host;
  request.headers["x-forwarded-proto"] = protocol.slice(0, -1);
}
