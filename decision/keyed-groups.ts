/** Things by group and key, where a group without things takes no room. */
export class KeyedGroups<T> {
  readonly #groups = new Map<string, Map<string, T>>();
  readonly #groupOf = new Map<string, string>();

  /** Puts a thing under a key; a key lies in one group at a time. */
  set(group: string, key: string, thing: T): void {
    this.delete(key);
    const things = this.#groups.get(group) ?? new Map<string, T>();
    things.set(key, thing);
    this.#groups.set(group, things);
    this.#groupOf.set(key, group);
  }

  delete(key: string): void {
    const group = this.#groupOf.get(key);
    if (group === undefined) return;
    this.#groupOf.delete(key);
    const things = this.#groups.get(group);
    things?.delete(key);
    if (things?.size === 0) this.#groups.delete(group);
  }

  get(key: string): T | undefined {
    const group = this.#groupOf.get(key);
    return group === undefined ? undefined : this.#groups.get(group)?.get(key);
  }

  of(group: string): ReadonlyMap<string, T> {
    return this.#groups.get(group) ?? new Map<string, T>();
  }
}
