import { faultsOf, strictAjv } from "#schemas/strict-ajv";
import type { Exchange, StandIn } from "./stand-in.ts";
import { mintTestToken } from "../test-token/mint-test-token.ts";
import { page } from "./page.ts";
import { readBody } from "./read-body.ts";
import { sendHtml, sendJson } from "./send.ts";
import { testTokenRequest, type TestTokenRequest } from "../test-token/test-token-request.ts";

const isTestTokenRequest = strictAjv({ allErrors: true }).compile<TestTokenRequest>(
  testTokenRequest,
);

/** What HelseID does not have: a front page, a change of keys on demand, and test tokens. */
export async function answerStandIn(standIn: StandIn, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  switch (`${request.method} ${request.url}`) {
    case "GET /":
      sendHtml(response, 200, page("Stedfortreder for HelseID", FRONT));
      return;
    case "POST /stand-in/rotate-keys":
      await standIn.rotateKeys();
      sendJson(response, 200, { signingKey: standIn.keys.current().kid });
      return;
    case "POST /stand-in/test-token":
      await answerTestToken(standIn, exchange);
      return;
    default:
      sendJson(response, 404, { error: "not_found" });
  }
}

const FRONT = `<p>Metadata: <a href="/.well-known/openid-configuration">/.well-known/openid-configuration</a></p>`;

async function answerTestToken(
  { issuer, directory, keys }: StandIn,
  { request, response }: Exchange,
): Promise<void> {
  const wanted = parse(await readBody(request));
  if (!isTestTokenRequest(wanted)) {
    const faults = faultsOf(isTestTokenRequest.errors);
    const description = faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ");
    sendJson(response, 400, { error: "invalid_request", error_description: description });
    return;
  }
  const now = Math.floor(Date.now() / 1000);
  const minting = { issuer, directory, signingKey: keys.current(), now };
  const outcome = await mintTestToken(wanted, minting);
  if (outcome.minted) sendJson(response, 200, outcome.token);
  else sendJson(response, 400, { error: "invalid_request", error_description: outcome.fault });
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
