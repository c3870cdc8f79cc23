/** Lets one waiter sleep until something has happened; what happens before the wait counts too. */
export class WakeUp {
  #happened = Promise.withResolvers<void>();

  wake(): void {
    this.#happened.resolve();
  }

  async wait(): Promise<void> {
    await this.#happened.promise;
    this.#happened = Promise.withResolvers<void>();
  }
}
