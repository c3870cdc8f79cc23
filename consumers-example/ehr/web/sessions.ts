import { randomBytes } from "node:crypto";
import type { LookupOutcome } from "../../client/lookup.ts";
import type { LoggedInPractitioner } from "../../client/practitioner-login.ts";
import type { AccessToken } from "../../client/token-outcome.ts";

const KEY_BYTES = 32;

/** A session nobody has used for this long is over; practitioners leave their desks. */
const IDLE_MS = 30 * 60_000;

/** Longest session, a working day. */
const LONGEST_MS = 10 * 60 * 60_000;

/** How long the answer to a lookup may be shown again without a new one. */
const RESULT_LIFE_MS = 5 * 60_000;

/** Sessions at a time; beyond it the oldest is ended. */
const MAX_SESSIONS = 1_000;

/** A token for one patient at one API. A session holds one: it goes when the patient changes. */
export type PatientAccess = {
  readonly patient: string;
  readonly scope: string;
  readonly token: AccessToken;
};

export type LookupResult = { readonly notice: string; readonly outcome: LookupOutcome };

/** A practitioner's work at this EHR. It lives in this process only: no token is ever stored. */
export type Session = {
  readonly key: string;
  readonly practitioner: LoggedInPractitioner;
  /** Must come back in every form that changes something. */
  readonly csrf: string;
  readonly startedAt: number;
  usedAt: number;
  access?: PatientAccess;
  result?: LookupResult & { readonly at: number };
};

export class Sessions {
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(now: () => number) {
    this.#now = now;
  }

  start(practitioner: LoggedInPractitioner): Session {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    const now = this.#now();
    const session = { key: secret(), practitioner, csrf: secret(), startedAt: now, usedAt: now };
    this.#sessions.set(session.key, session);
    return session;
  }

  /** The session of a cookie, while it lasts; using it keeps it. */
  find(key: string | undefined): Session | undefined {
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (session === undefined) return undefined;
    const now = this.#now();
    if (now - session.usedAt > IDLE_MS || now - session.startedAt > LONGEST_MS) {
      this.#sessions.delete(session.key);
      return undefined;
    }
    session.usedAt = now;
    return session;
  }

  end(key: string): void {
    this.#sessions.delete(key);
  }

  keepResult(session: Session, result: LookupResult): void {
    session.result = { ...result, at: this.#now() };
  }

  /** What the last lookup gave, when it was of this notice and a short time ago. */
  resultOf(session: Session, notice: string): LookupOutcome | undefined {
    const { result } = session;
    if (result?.notice !== notice || this.#now() - result.at > RESULT_LIFE_MS) return undefined;
    return result.outcome;
  }

  /** The token for a patient at an API, while it lasts. */
  accessOf(session: Session, need: { patient: string; scope: string }): AccessToken | undefined {
    const { access } = session;
    if (access?.patient !== need.patient || access.scope !== need.scope) return undefined;
    return access.token.expiresAt > this.#now() ? access.token : undefined;
  }
}

function secret(): string {
  return randomBytes(KEY_BYTES).toString("base64url");
}
