import type { LookupOutcome } from "../../client/lookup.ts";
import type { Session } from "./sessions.ts";
import type { WebParts } from "./web-parts.ts";

export type AttemptedLookup =
  | { readonly kind: "done"; readonly outcome: LookupOutcome }
  /** The session holds no token for this patient and API. */
  | { readonly kind: "login-needed" }
  /** No such notice, or nobody on the list, or no source to ask. */
  | { readonly kind: "impossible" };

/** Looks a notice up with the session's token, and keeps the answer for the session's page. */
export async function lookUpAndKeep(
  { inbox, opening, sessions }: WebParts,
  session: Session,
  id: string,
): Promise<AttemptedLookup> {
  const notice = inbox.get(id);
  const need = notice && opening.need(notice);
  if (notice === undefined || need === undefined) return { kind: "impossible" };
  const token = sessions.accessOf(session, { patient: need.patient.id, scope: need.scope });
  if (token === undefined) return { kind: "login-needed" };
  const outcome = await opening.open(notice, need, token);
  // a token that is not taken will not be taken next time either
  if (outcome.kind === "refused") delete session.access;
  sessions.keepResult(session, { notice: id, outcome });
  return { kind: "done", outcome };
}
