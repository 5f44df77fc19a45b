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
/** Read when somebody looks at one signal, never when many are chosen from. All that is neither number nor text. */
export const DETAILS = Object.keys({
  ...{ evidence: 0, causes: 0, soldLast24h: 0, expectedLast24h: 0, receipt: 0 },
} satisfies Record<Detail, 0>) as readonly Detail[];

/** Texts one behind the other: as they came while it fills, as bytes from then on, which the collector never looks at. */
class Texts {
  private texts: string[] = [];
  private bytes: Buffer | null = null;
  private readonly ends: Uint32Array;

  constructor(rows: number) {
    this.ends = new Uint32Array(rows);
  }

  push(text: string): void {
    if (this.texts.push(text) < this.ends.length) return;
    // One by one: half a character at the end of a text must not become one with the next text's beginning.
    const parts = this.texts.map((one) => Buffer.from(one));
    let end = 0;
    for (const [row, { length }] of parts.entries()) this.ends[row] = end += length;
    this.bytes = Buffer.concat(parts);
    this.texts = [];
  }

  at(row: number): string {
    if (!this.bytes) return this.texts[row];
    return this.bytes.toString('utf8', row === 0 ? 0 : this.ends[row - 1], this.ends[row]);
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
    for (const [at, name] of WORDS.entries()) {
      const word = signal[name];
      this.words[row * WORDS.length + at] = word === null ? 0 : this.dictionary.of(word);
    }
    this.keep([signal.signalId, signal.episodeId, detailsText]);
  }

  /** A chunk of this row alone, with the same dictionary. */
  alone(row: number): SignalChunk {
    const chunk = new SignalChunk(1, this.dictionary);
    const of = (columns: number) => [row * columns, (row + 1) * columns] as const;
    chunk.numbers.set(this.numbers.subarray(...of(NUMBERS.length)));
    chunk.words.set(this.words.subarray(...of(WORDS.length)));
    chunk.keep([this.ids.at(row), this.episodes.at(row), this.details.at(row)]);
    return chunk;
  }

  has(row: number): boolean {
    return this.isKept[row] === 1;
  }

  forget(row: number): void {
    this.kept -= this.isKept[row];
    this.isKept[row] = 0;
  }

  private keep([signalId, episodeId, detailsText]: readonly [string, string, string]): void {
    this.ids.push(signalId);
    this.episodes.push(episodeId);
    this.details.push(detailsText);
    this.isKept[this.rows++] = 1;
    this.kept++;
  }
}
