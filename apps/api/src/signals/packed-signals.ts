import type { Signal } from '@gondola/events';

type FieldsOf<T> = { [K in keyof Signal]-?: Signal[K] extends T ? K : never }[keyof Signal];

const NUMBERS = [
  ...(['atMs', 'sinceMs', 'expectedAtMs', 'actByMs', 'probability', 'onHandRecord'] as const),
  ...(['onHandEstimate', 'demandPerHour', 'lostUnits', 'lostUnitsLow', 'lostUnitsHigh'] as const),
  ...(['lostSalesPerHour', 'lostSales', 'lostSalesLow', 'lostSalesHigh', 'valuePerMinute'] as const),
] as const satisfies readonly FieldsOf<number | null>[];
const TEXTS = [
  ...(['signalId', 'episodeId'] as const),
  ...(['environment', 'storeId', 'itemId', 'kind', 'currency', 'modelVersion', 'arm'] as const),
] as const satisfies readonly FieldsOf<string | null>[];
/** Those that each signal has of its own. */
const IDS = new Set<string>(['signalId', 'episodeId']);
type Detail = Exclude<keyof Signal, (typeof NUMBERS | typeof TEXTS)[number]>;
/** Read when somebody looks at one signal, never when many are chosen from. All that is neither number nor text. */
const DETAILS = Object.keys({
  ...{ evidence: 0, causes: 0, soldLast24h: 0, expectedLast24h: 0, receipt: 0 },
} satisfies Record<Detail, 0>) as readonly Detail[];

/** About a megabyte of them. */
const ROWS = 1_024;
/** Ids and words of which one copy is held. */
const WORDS_MAX = 200_000;

/** Columns of so many signals; details as JSON, as text while it fills and as bytes from then on. */
class Chunk {
  readonly numbers: Float64Array;
  readonly texts: (string | null)[] = [];
  private details: string[] = [];
  private bytes: Buffer | null = null;
  private readonly ends: Uint32Array;

  constructor(private readonly rows: number) {
    this.numbers = new Float64Array(rows * NUMBERS.length);
    this.ends = new Uint32Array(rows);
  }

  get isFull(): boolean {
    return this.bytes !== null;
  }

  /** Returns its row. */
  add(signal: Signal, wordOf: (text: string) => string): number {
    const row = this.details.length;
    for (const [at, name] of NUMBERS.entries()) this.numbers[row * NUMBERS.length + at] = signal[name] ?? NaN;
    for (const name of TEXTS) {
      const text =
        name === 'episodeId' && signal.episodeId === signal.signalId ? signal.signalId : signal[name];
      this.texts.push(text === null || IDS.has(name) ? text : wordOf(text));
    }
    this.details.push(JSON.stringify(DETAILS.map((name) => signal[name])));
    if (this.details.length === this.rows) this.close();
    return row;
  }

  detailsOf(row: number): readonly unknown[] {
    const begin = row === 0 ? 0 : this.ends[row - 1];
    const text = this.bytes ? this.bytes.toString('utf8', begin, this.ends[row]) : this.details[row];
    return JSON.parse(text) as readonly unknown[];
  }

  private close(): void {
    const parts = this.details.map((text) => Buffer.from(text));
    let end = 0;
    for (const [row, part] of parts.entries()) this.ends[row] = end += part.length;
    this.bytes = Buffer.concat(parts);
    this.details = [];
  }
}

/** A place in a chunk. Each field has a getter of its own, in the order of the lists above: one for all is ten times slower. */
class Packed implements Signal {
  constructor(
    private readonly chunk: Chunk,
    private readonly row: number,
  ) {}

  get atMs() {
    return this.number(0);
  }
  get sinceMs() {
    return this.number(1);
  }
  get expectedAtMs() {
    return this.numberOrNull(2);
  }
  get actByMs() {
    return this.numberOrNull(3);
  }
  get probability() {
    return this.number(4);
  }
  get onHandRecord() {
    return this.numberOrNull(5);
  }
  get onHandEstimate() {
    return this.numberOrNull(6);
  }
  get demandPerHour() {
    return this.number(7);
  }
  get lostUnits() {
    return this.number(8);
  }
  get lostUnitsLow() {
    return this.number(9);
  }
  get lostUnitsHigh() {
    return this.number(10);
  }
  get lostSalesPerHour() {
    return this.numberOrNull(11);
  }
  get lostSales() {
    return this.numberOrNull(12);
  }
  get lostSalesLow() {
    return this.numberOrNull(13);
  }
  get lostSalesHigh() {
    return this.numberOrNull(14);
  }
  get valuePerMinute() {
    return this.numberOrNull(15);
  }
  get signalId() {
    return this.text(0) as string;
  }
  get episodeId() {
    return this.text(1) as string;
  }
  get environment() {
    return this.text(2) as string;
  }
  get storeId() {
    return this.text(3) as string;
  }
  get itemId() {
    return this.text(4) as string;
  }
  get kind() {
    return this.text(5) as Signal['kind'];
  }
  get currency() {
    return this.text(6) as string | null;
  }
  get modelVersion() {
    return this.text(7) as string;
  }
  get arm() {
    return this.text(8) as Signal['arm'];
  }
  get evidence() {
    return this.details[0] as Signal['evidence'];
  }
  get causes() {
    return this.details[1] as Signal['causes'];
  }
  get soldLast24h() {
    return this.details[2] as Signal['soldLast24h'];
  }
  get expectedLast24h() {
    return this.details[3] as Signal['expectedLast24h'];
  }
  get receipt() {
    return this.details[4] as Signal['receipt'];
  }

  /** All of those that are read for one signal only, in the order of `DETAILS`. */
  get details(): readonly unknown[] {
    return this.chunk.detailsOf(this.row);
  }

  private number(at: number): number {
    return this.chunk.numbers[this.row * NUMBERS.length + at];
  }

  private numberOrNull(at: number): number | null {
    const value = this.number(at);
    return Number.isNaN(value) ? null : value;
  }

  private text(at: number): string | null {
    return this.chunk.texts[this.row * TEXTS.length + at];
  }
}

/**
 * Signals in a few arrays instead of forty objects each: of a million, the garbage collector looked at all of them again and again and
 * kept the api's thread for seconds. What `pack` returns is read like a signal, but has no fields of its own: who copies one needs
 * `plainSignal`. It keeps a thousand others in memory as long as it is held: what outlives them is `packedAlone`.
 */
export class SignalPacker {
  private chunk = new Chunk(ROWS);
  private words = new Map<string, string>();

  pack(signal: Signal): Signal {
    if (this.chunk.isFull) this.chunk = new Chunk(ROWS);
    return packedIn(this.chunk, signal, (text) => this.wordOf(text));
  }

  /** One copy of what many signals say. */
  private wordOf(text: string): string {
    const known = this.words.get(text);
    if (known !== undefined) return known;
    if (this.words.size >= WORDS_MAX) this.words.clear();
    this.words.set(text, text);
    return text;
  }
}

/** For what outlives the others. */
export const packedAlone = (signal: Signal): Signal => packedIn(new Chunk(1), signal, (text) => text);

/** With fields of its own. */
export function plainSignal(signal: Signal): Signal {
  if (!(signal instanceof Packed)) return { ...signal };
  const { details } = signal;
  const fields = [...NUMBERS, ...TEXTS].map((name) => [name, signal[name]] as const);
  const read = DETAILS.map((name, at) => [name, details[at]] as const);
  return Object.fromEntries([...fields, ...read]) as unknown as Signal;
}

function packedIn(chunk: Chunk, signal: Signal, wordOf: (text: string) => string): Signal {
  return new Packed(chunk, chunk.add(signal, wordOf));
}
