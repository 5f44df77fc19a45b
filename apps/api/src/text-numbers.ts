/** Each text once, and its number from 1 on; 0 stands for none. */
export class TextNumbers {
  private readonly byText = new Map<string, number>();
  private readonly texts: string[] = [];

  get size(): number {
    return this.texts.length;
  }

  has(text: string): boolean {
    return this.byText.has(text);
  }

  /** 0: it has none. */
  find(text: string): number {
    return this.byText.get(text) ?? 0;
  }

  of(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    this.texts.push(text);
    this.byText.set(text, this.texts.length);
    return this.texts.length;
  }

  textOf(number: number): string | null {
    return number === 0 ? null : this.texts[number - 1];
  }

  /** No text is added or looked for any more: what finds them is of no use. */
  close(): void {
    this.byText.clear();
  }
}
