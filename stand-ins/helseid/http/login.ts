import { errors, type InteractionResults, type Provider } from "oidc-provider";
import type { Directory, KnownPractitioner } from "../registration/directory.ts";
import { loginPage } from "./login-page.ts";
import { page } from "./page.ts";
import { readBody } from "./read-body.ts";
import { sendHtml } from "./send.ts";
import type { Exchange } from "./stand-in.ts";

/**
 * Shows who one can log in as, and takes the choice: form field `sub`, or `identity_number` for a
 * script that knows the person and not the pseudonym.
 */
export async function login(
  provider: Provider,
  directory: Directory,
  { request, response }: Exchange,
): Promise<void> {
  try {
    const { params } = await provider.interactionDetails(request, response);
    if (request.method !== "POST") {
      const client = directory.client(String(params["client_id"]));
      sendHtml(response, 200, loginPage(client?.name ?? "", directory.practitioners));
      return;
    }
    const form = new URLSearchParams((await readBody(request)) ?? "");
    const result = form.has("cancel") ? CANCELLED : loggedIn(chosen(form, directory));
    if (result === undefined) {
      sendHtml(response, 400, page("Ukjent helsepersonell", "<p>Gå tilbake og velg på nytt.</p>"));
      return;
    }
    await provider.interactionFinished(request, response, result);
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    sendHtml(
      response,
      400,
      page("Innloggingen er utløpt", "<p>Start på nytt fra systemet ditt.</p>"),
    );
  }
}

const CANCELLED = { error: "access_denied", error_description: "the practitioner cancelled" };

function chosen(form: URLSearchParams, directory: Directory): KnownPractitioner | undefined {
  return directory.practitioners.find(
    (person) =>
      person.sub === form.get("sub") || person.identityNumber === form.get("identity_number"),
  );
}

function loggedIn(person: KnownPractitioner | undefined): InteractionResults | undefined {
  return person && { login: { accountId: person.sub, acr: "Level4", amr: ["pwd"] } };
}
