const TEXTS_AT_FIRST = 256;

/** What the texts of a list that grows are known as: numbers above 0. A text that is known is looked for no more. */
export class KnownAs {
  private texts: readonly string[] = [];
  private known = new Int32Array(TEXTS_AT_FIRST);

  /** `find`: 0 for a text that is not known yet. */
  constructor(private readonly find: (text: string) => number) {}

  /** Goes on with this list, from its start if it is another. */
  use(texts: readonly string[]): void {
    if (texts === this.texts && texts.length <= this.known.length) return;
    const before = this.known;
    this.known = new Int32Array(Math.max(TEXTS_AT_FIRST, 2 * texts.length));
    if (texts === this.texts) this.known.set(before);
    this.texts = texts;
  }

  /** Of the text of that number, 0 when it is not known; -1 is none. */
  of(number: number): number {
    if (number < 0) return 0;
    const known = this.known[number];
    return known === 0 ? (this.known[number] = this.find(this.texts[number])) : known;
  }
}
