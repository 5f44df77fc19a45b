const BYTES_AT_FIRST = 1024;
/** Most bytes of UTF-8 for a UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Texts that do not stand in the batch's own bytes (defaults, unescaped JSON), so that a column can name them together
 * with those that do: their starts are counted from the end of the batch's bytes.
 */
export class PlacedTexts {
  /** Bytes of what `add` placed last. */
  size = 0;
  private bytes = Buffer.alloc(0);
  private end = 0;
  private readonly constants = new Map<string, number>();
  private all: Buffer | null = null;

  constructor(private readonly base: Buffer) {}

  /** Where the text starts. */
  add(text: string): number {
    const sizeMax = BYTES_PER_UNIT_MAX * text.length;
    if (this.end + sizeMax > this.bytes.length) this.grow(sizeMax);
    const start = this.end;
    this.size = this.bytes.write(text, start, 'utf8');
    this.end += this.size;
    return this.base.length + start;
  }

  /** The same for a text that comes again and again. */
  constant(text: string): number {
    let start = this.constants.get(text);
    if (start === undefined) {
      start = this.add(text);
      this.constants.set(text, start);
    }
    return start;
  }

  /** The batch's bytes and everything placed. Only once nothing more is added. */
  allBytes(): Buffer {
    if (this.end === 0) return this.base;
    this.all ??= Buffer.concat([this.base, this.bytes.subarray(0, this.end)]);
    return this.all;
  }

  private grow(size: number): void {
    const larger = Buffer.alloc(2 * Math.max(this.bytes.length, BYTES_AT_FIRST, size));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}
