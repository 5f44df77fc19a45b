import type { Signal } from '@gondola/events';
import type { TextNumbers } from '../text-numbers.js';

type FieldsOf<T> = { [K in keyof Signal]-?: Signal[K] extends T ? K : never }[keyof Signal];

export const NUMBERS = [
  ...(['atMs', 'sinceMs', 'expectedAtMs', 'actByMs', 'probability', 'onHandRecord'] as const),
  ...(['onHandEstimate', 'demandPerHour', 'lostUnits', 'lostUnitsLow', 'lostUnitsHigh'] as const),
  ...(['lostSalesPerHour', 'lostSales', 'lostSalesLow', 'lostSalesHigh', 'valuePerMinute'] as const),
] as const satisfies readonly FieldsOf<number | null>[];
/** What many signals have in common. */
export const WORDS = [
  ...(['environment', 'storeId', 'itemId', 'kind', 'currency', 'modelVersion', 'arm'] as const),
] as const satisfies readonly FieldsOf<string | null>[];
type Detail = Exclude<keyof Signal, (typeof NUMBERS | typeof WORDS)[number] | 'signalId' | 'episodeId'>;
/** All but those. */
export type SignalCore = Omit<Signal, Detail>;
/** Read when somebody looks at one signal, never when many are chosen from. All that is neither number nor text. */
export const DETAILS = Object.keys({
  ...{ evidence: 0, causes: 0, soldLast24h: 0, expectedLast24h: 0, receipt: 0 },
} satisfies Record<Detail, 0>) as readonly Detail[];

/** Texts one behind the other: as they came while it fills, as bytes from then on, which the collector never looks at. */
class Texts {
  private texts: (string | Buffer)[] = [];
  private bytes: Buffer | null = null;
  private readonly ends: Uint32Array;

  constructor(rows: number) {
    this.ends = new Uint32Array(rows);
  }

  push(text: string | Buffer): void {
    const isLast = this.texts.length === this.ends.length - 1;
    // Bytes are a view of all that another chunk has, and the others may be long in coming.
    this.texts.push(isLast || typeof text === 'string' ? text : Buffer.from(text));
    if (!isLast) return;
    // One by one: half a character at the end of a text must not become one with the next text's beginning.
    const parts = this.texts.map((one) => (typeof one === 'string' ? Buffer.from(one) : one));
    let end = 0;
    for (const [row, { length }] of parts.entries()) this.ends[row] = end += length;
    this.bytes = Buffer.concat(parts);
    this.texts = [];
  }

  at(row: number): string {
    return this.rawAt(row).toString();
  }

  /** As `push` of others takes it. */
  rawAt(row: number): string | Buffer {
    if (!this.bytes) return this.texts[row];
    return this.bytes.subarray(row === 0 ? 0 : this.ends[row - 1], this.ends[row]);
  }
}

/** Columns of so many signals. */
export class SignalChunk {
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
  readonly ids: Texts;
  readonly episodes: Texts;
  /** JSON of a list each, in the order of `DETAILS`. */
  readonly details: Texts;
  /** Rows that were not forgotten. */
  kept = 0;
  private readonly isKept: Uint8Array;
  private rows = 0;

  constructor(
    private readonly rowsMax: number,
    readonly dictionary: TextNumbers,
  ) {
    this.numbers = new Float64Array(rowsMax * NUMBERS.length);
    this.words = new Uint32Array(rowsMax * WORDS.length);
    this.isKept = new Uint8Array(rowsMax);
    [this.ids, this.episodes, this.details] = [new Texts(rowsMax), new Texts(rowsMax), new Texts(rowsMax)];
  }

  get isFull(): boolean {
    return this.rows === this.rowsMax;
  }

  add(signal: Signal, detailsText: string): void {
    const row = this.rows;
    for (const [at, name] of NUMBERS.entries()) this.numbers[row * NUMBERS.length + at] = signal[name] ?? NaN;
    for (const [at, name] of WORDS.entries()) this.words[row * WORDS.length + at] = this.wordOf(signal[name]);
    this.keep([signal.signalId, signal.episodeId, detailsText]);
  }

  /** A row of another chunk. */
  copy(from: SignalChunk, row: number): void {
    const numbers = from.numbers.subarray(row * NUMBERS.length, (row + 1) * NUMBERS.length);
    this.numbers.set(numbers, this.rows * NUMBERS.length);
    for (let at = 0; at < WORDS.length; at++) {
      const word = from.words[row * WORDS.length + at];
      this.words[this.rows * WORDS.length + at] =
        from.dictionary === this.dictionary ? word : this.wordOf(from.dictionary.textOf(word));
    }
    this.keep([from.ids.rawAt(row), from.episodes.rawAt(row), from.details.rawAt(row)]);
  }

  /** A chunk of this row alone, with the same dictionary. */
  alone(row: number): SignalChunk {
    const chunk = new SignalChunk(1, this.dictionary);
    chunk.copy(this, row);
    return chunk;
  }

  has(row: number): boolean {
    return this.isKept[row] === 1;
  }

  forget(row: number): void {
    this.kept -= this.isKept[row];
    this.isKept[row] = 0;
  }

  private wordOf(text: string | null): number {
    return text === null ? 0 : this.dictionary.of(text);
  }

  private keep([signalId, episodeId, detailsText]: readonly (string | Buffer)[]): void {
    this.ids.push(signalId);
    this.episodes.push(episodeId);
    this.details.push(detailsText);
    this.isKept[this.rows++] = 1;
    this.kept++;
  }
}
