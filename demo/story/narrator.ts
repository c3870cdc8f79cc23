/** Tells the story in the terminal. */
export class Narrator {
  readonly #write: (text: string) => void;
  #chapter = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    this.#write(`\n${this.#chapter}. ${title}\n`);
  }

  say(line: string): void {
    this.#write(`   ${line}\n`);
  }
}
