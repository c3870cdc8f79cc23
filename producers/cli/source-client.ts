import { compileValidator } from "#schemas/strict-ajv";
import { ProblemBody } from "#schemas/problem";
import type { PublishConfig, RecordingPlace } from "./config.ts";
import { TokenClient } from "./token-client.ts";

/** A broker that is up takes milliseconds; one that starts again, a second or two. */
const WAIT_FOR_PUBLISHED_SECONDS = 3;

/** What became of a resource at its source. */
export type RecordResult =
  /** Recorded, and its event is in the log. */
  | { readonly kind: "published"; readonly location: string }
  /** Recorded; its event waits at the source for the broker, and is not lost. */
  | { readonly kind: "waiting"; readonly location: string }
  | { readonly kind: "refused"; readonly detail: string }
  /** Nobody there, or nobody who lets us in. Whether it was recorded is not known. */
  | { readonly kind: "no-answer"; readonly detail: string };

const isProblem = compileValidator(ProblemBody);

/** Records resources of one type at their source. */
export class SourceClient {
  readonly #url: URL;
  readonly #tokens: TokenClient;

  constructor({ issuer, allowInsecureIssuer }: PublishConfig, place: RecordingPlace, type: string) {
    const { url, audience, clientId, privateJwk } = place;
    this.#url = new URL(`${url}/fhir/${type}`);
    const scope = `${audience}/record`;
    this.#tokens = new TokenClient({ issuer, allowInsecureIssuer, clientId, privateJwk, scope });
  }

  async record(text: string): Promise<RecordResult> {
    const headers = new Headers({
      "content-type": "application/fhir+json",
      prefer: `wait=${WAIT_FOR_PUBLISHED_SECONDS}`,
    });
    try {
      const answer = await this.#tokens.post(this.#url, text, headers);
      return answer.ok ? recorded(answer) : await refused(answer);
    } catch (error) {
      return { kind: "no-answer", detail: reasonOf(error) };
    }
  }
}

function recorded({ headers }: Response): RecordResult {
  const kind = headers.get("event-state") === "published" ? "published" : "waiting";
  return { kind, location: headers.get("location") ?? "" };
}

async function refused(answer: Response): Promise<RecordResult> {
  const body: unknown = await answer.json().catch(() => undefined);
  const judged = isProblem(body);
  if (!judged.valid) return { kind: "no-answer", detail: `the source answered ${answer.status}` };
  const { title, detail = title, errors = [], status } = judged.value;
  if (status >= 500) return { kind: "no-answer", detail };
  return {
    kind: "refused",
    detail: errors.length === 0 ? detail : errors.map((each) => each.detail).join("; "),
  };
}

/** What failed under the library's error says more than that fetching did. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the source does not answer";
  const { cause } = error;
  return cause instanceof Error && "code" in cause
    ? `no answer (${String(cause.code)})`
    : error.message;
}
