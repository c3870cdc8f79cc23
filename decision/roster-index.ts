import { ROSTER_PAGE_SIZE, type RosterPage } from "./policy-objects.ts";

type Place = { readonly page: number; readonly sequence: number };

/** Rosters by subscription and page, and the way back from a patient to the subscriptions. */
export class RosterIndex {
  readonly #pages = new Map<string, Map<number, { page: RosterPage; sequence: number }>>();
  /** patient → subscription → page. A patient stands once in a subscription's roster. */
  readonly #places = new Map<string, Map<string, number>>();

  apply(
    subscription: string,
    number: number,
    { page, sequence }: { page: RosterPage; sequence: number },
  ): void {
    const pages =
      this.#pages.get(subscription) ?? new Map<number, { page: RosterPage; sequence: number }>();
    for (const patient of pages.get(number)?.page.patients ?? [])
      this.#forget(patient, subscription, number);
    for (const patient of page.patients) this.#remember(patient, subscription, number);
    pages.set(number, { page, sequence });
    this.#pages.set(subscription, pages);
  }

  #forget(patient: string, subscription: string, number: number): void {
    const places = this.#places.get(patient);
    if (places?.get(subscription) !== number) return;
    places.delete(subscription);
    if (places.size === 0) this.#places.delete(patient);
  }

  #remember(patient: string, subscription: string, number: number): void {
    const places = this.#places.get(patient) ?? new Map<string, number>();
    places.set(subscription, number);
    this.#places.set(patient, places);
  }

  /** The subscriptions whose roster holds the patient. */
  subscriptionsOf(patient: string): Iterable<string> {
    return this.#places.get(patient)?.keys() ?? [];
  }

  has(subscription: string, patient: string): boolean {
    return this.#places.get(patient)?.has(subscription) ?? false;
  }

  /** The page that holds the patient in this roster, with the sequence that it was written at. */
  pageOf(subscription: string, patient: string): (Place & { content: RosterPage }) | undefined {
    const number = this.#places.get(patient)?.get(subscription);
    const held = number === undefined ? undefined : this.#pages.get(subscription)?.get(number);
    return number === undefined || held === undefined
      ? undefined
      : { page: number, sequence: held.sequence, content: held.page };
  }

  /** A page with room for one more person, or the next new one (sequence 0). */
  pageWithRoom(subscription: string): Place & { content: RosterPage | undefined } {
    const pages =
      this.#pages.get(subscription) ?? new Map<number, { page: RosterPage; sequence: number }>();
    for (const [page, { page: content, sequence }] of pages) {
      if (content.basis === undefined && content.patients.length < ROSTER_PAGE_SIZE)
        return { page, sequence, content };
    }
    return { page: this.nextPage(subscription), sequence: 0, content: undefined };
  }

  /** The lowest page number that has never been written. */
  nextPage(subscription: string): number {
    return Math.max(-1, ...(this.#pages.get(subscription)?.keys() ?? [])) + 1;
  }

  /** Everyone on the roster. */
  *patients(subscription: string): Iterable<string> {
    for (const { page } of this.#pages.get(subscription)?.values() ?? []) yield* page.patients;
  }

  /** All pages in the order of their numbers, with the sequences that they were written at. */
  pages(subscription: string): readonly (Place & { content: RosterPage })[] {
    return [...(this.#pages.get(subscription) ?? [])]
      .map(([page, { sequence, page: content }]) => ({ page, sequence, content }))
      .toSorted((a, b) => a.page - b.page);
  }
}
