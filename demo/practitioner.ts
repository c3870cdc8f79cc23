import type { Practitioner } from "#deploy/site/parties";
import { Browser } from "./browser.ts";

/** A notice as the EHR's inbox lists it. */
export type Notice = {
  readonly id: string;
  readonly tenant: string;
  readonly eventnumber: string;
  readonly type: string;
  readonly patient: string | null;
  readonly receivedAt: string;
  readonly recordedtime: string;
  readonly dataversion: string;
  readonly superseded: boolean;
  readonly notAvailable: boolean;
};

/** What came of a lookup. */
export type Lookup = {
  readonly kind: string;
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly version?: string | number;
  readonly superseded?: boolean;
};

/** A practitioner at work in an EHR, with a browser. */
export class PractitionerAtWork {
  readonly #browser = new Browser();
  readonly #ehr: string;
  readonly #who: Practitioner;

  private constructor(ehr: string, who: Practitioner) {
    this.#ehr = ehr;
    this.#who = who;
  }

  /** Logs in through HelseID. */
  static async logIn(ehr: string, who: Practitioner): Promise<PractitionerAtWork> {
    const practitioner = new PractitionerAtWork(ehr, who);
    await practitioner.#visit(`${ehr}/logg-inn`);
    return practitioner;
  }

  /** Opens a page, and picks who to be where HelseID asks. */
  async #visit(address: string): Promise<void> {
    let page = await this.#browser.open(address);
    if (new URL(page.url).origin !== new URL(this.#ehr).origin) page = await this.#choose(page);
    if (!page.ok) throw new Error(`The EHR answered ${page.status} after the login`);
  }

  async #choose(page: Response): Promise<Response> {
    const html = await page.text();
    const button = [...html.matchAll(/name="sub" value="([^"]+)">([^<]*)/g)].find(([, , name]) =>
      name?.includes(this.#who.name),
    );
    if (button?.[1] === undefined)
      throw new Error("HelseID's login page does not offer the practitioner");
    return this.#browser.open(page.url, { sub: button[1] });
  }

  async inbox(): Promise<Notice[]> {
    const notices: Notice[] = JSON.parse(await this.#read("/api/inbox"));
    return notices;
  }

  /** Whether the EHR's subscriptions and patient lists are in place at all its tenants. */
  async isConnected(): Promise<boolean> {
    const { tenants }: { tenants: { ready: boolean }[] } = JSON.parse(
      await this.#read("/api/status"),
    );
    return tenants.every(({ ready }) => ready);
  }

  async #read(path: string): Promise<string> {
    const answer = await this.#browser.open(this.#ehr + path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.text();
  }

  /** Opens a notice: looks up what it is about, with a token for this very patient. */
  async open(notice: Notice): Promise<Lookup> {
    const first = await this.#lookUp(notice);
    if (first.kind !== "login-needed") return first;
    await this.#visit(`${this.#ehr}/logg-inn?melding=${notice.id}`);
    return this.#lookUp(notice);
  }

  async #lookUp({ id }: Notice): Promise<Lookup> {
    const answer = await this.#browser.sendJson(`${this.#ehr}/api/inbox/${id}/open`, {});
    const outcome: Lookup = JSON.parse(await answer.text());
    return outcome;
  }
}
