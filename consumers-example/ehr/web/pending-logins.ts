import { randomBytes } from "node:crypto";
import type { Attestation } from "../../client/attestation.ts";
import type { PendingLogin } from "../../client/practitioner-login.ts";

/** HelseID gives people this long to log in, in milliseconds. */
const LIFE_MS = 10 * 60_000;

/** Logins under way at a time; beyond it the oldest is given up. */
const MAX_PENDING = 1_000;

const KEY_BYTES = 32;

/** What a login is for: a notice's patient and API, when it is more than coming in. */
export type LoginPurpose = {
  readonly notice: string;
  readonly patient: string;
  readonly scope: string;
  readonly attestation: Attestation;
  /** Who asked; a login as somebody else does not count. */
  readonly practitioner: string;
  /** Whether the practitioner has asked for the lookup itself, beyond the token. */
  readonly lookup: boolean;
};

type Waiting = {
  readonly pending: PendingLogin;
  readonly purpose: LoginPurpose | undefined;
  readonly browser: string;
  readonly since: number;
};

/** Logins that have begun, each for the one browser that began it. */
export class PendingLogins {
  readonly #now: () => number;
  readonly #waiting = new Map<string, Waiting>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps a login; the answer is what the browser must show when it comes back. */
  add(pending: PendingLogin, purpose: LoginPurpose | undefined): string {
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MAX_PENDING && oldest !== undefined) this.#waiting.delete(oldest);
    const browser = randomBytes(KEY_BYTES).toString("base64url");
    this.#waiting.set(pending.state, { pending, purpose, browser, since: this.#now() });
    return browser;
  }

  /** Takes the login that a browser comes back with, once. */
  take(
    state: string,
    browser: string | undefined,
  ): Pick<Waiting, "pending" | "purpose"> | undefined {
    const waiting = this.#waiting.get(state);
    if (waiting === undefined || waiting.browser !== browser) return undefined;
    this.#waiting.delete(state);
    return this.#now() - waiting.since > LIFE_MS ? undefined : waiting;
  }
}
