import type { Signal } from '@gondola/events';
import { TextNumbers } from '../text-numbers.js';
import { DETAILS, NUMBERS, SignalChunk, WORDS, type SignalCore } from './signal-chunk.js';

/** About a megabyte of them. */
const ROWS = 1_024;
/** From so many words on, the next chunk begins with none: each keeps its own as long as it lives. */
const WORDS_MAX = 200_000;
const BETWEEN_DETAILS = ',\n';

/** A place in a chunk. Each field has a getter of its own, in the order of the lists above: one for all is ten times slower. */
class Packed implements Signal {
  constructor(
    readonly chunk: SignalChunk,
    readonly row: number,
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
    return this.chunk.ids.at(this.row);
  }
  get episodeId() {
    return this.chunk.episodes.at(this.row);
  }
  get environment() {
    return this.word(0) as string;
  }
  get storeId() {
    return this.word(1) as string;
  }
  get itemId() {
    return this.word(2) as string;
  }
  get kind() {
    return this.word(3) as Signal['kind'];
  }
  get currency() {
    return this.word(4) as string | null;
  }
  get modelVersion() {
    return this.word(5) as string;
  }
  get arm() {
    return this.word(6) as Signal['arm'];
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
    return JSON.parse(this.chunk.details.at(this.row)) as readonly unknown[];
  }

  /** JSON of each of them. */
  get detailTexts(): readonly string[] {
    return this.chunk.details.at(this.row).slice(1, -1).split(BETWEEN_DETAILS);
  }

  plain(): Signal {
    const [evidence, causes, soldLast24h, expectedLast24h, receipt] = this.details;
    return { ...this.core(), evidence, causes, soldLast24h, expectedLast24h, receipt } as Signal;
  }

  /** All but details. Asked of each signal of a page: an object that gets its fields by name takes three times as long, and its copies too. */
  core(): SignalCore {
    return {
      signalId: this.signalId,
      episodeId: this.episodeId,
      environment: this.environment,
      storeId: this.storeId,
      itemId: this.itemId,
      kind: this.kind,
      currency: this.currency,
      modelVersion: this.modelVersion,
      arm: this.arm,
      atMs: this.atMs,
      sinceMs: this.sinceMs,
      expectedAtMs: this.expectedAtMs,
      actByMs: this.actByMs,
      probability: this.probability,
      onHandRecord: this.onHandRecord,
      onHandEstimate: this.onHandEstimate,
      demandPerHour: this.demandPerHour,
      lostUnits: this.lostUnits,
      lostUnitsLow: this.lostUnitsLow,
      lostUnitsHigh: this.lostUnitsHigh,
      lostSalesPerHour: this.lostSalesPerHour,
      lostSales: this.lostSales,
      lostSalesLow: this.lostSalesLow,
      lostSalesHigh: this.lostSalesHigh,
      valuePerMinute: this.valuePerMinute,
    };
  }

  private number(at: number): number {
    return this.chunk.numbers[this.row * NUMBERS.length + at];
  }

  private numberOrNull(at: number): number | null {
    const value = this.number(at);
    return Number.isNaN(value) ? null : value;
  }

  private word(at: number): string | null {
    return this.chunk.dictionary.textOf(this.chunk.words[this.row * WORDS.length + at]);
  }
}

/**
 * Signals in a few arrays, by numbers in the order in which they came, from 1 on: with objects for each the garbage collector looked
 * at a million of them again and again and kept the api's thread from answering. What `at` returns is read like a signal, but has no
 * fields of its own (who copies one needs `plainSignal`) and keeps a thousand others in memory as long as it is held.
 */
export class PackedSignals {
  private dictionary = new TextNumbers();
  private readonly chunks = new Map<number, SignalChunk>();
  /** Each in a chunk of its own. */
  private readonly alone = new Map<number, Signal>();
  private kept = 0;
  private added = 0;
  private oldestKept = 1;

  /** Those that were not forgotten. */
  get size(): number {
    return this.kept;
  }

  /** Number of the newest, 0 before the first. */
  get last(): number {
    return this.added;
  }

  /** Number of the oldest that was not forgotten; without any, of the next to come. */
  get oldest(): number {
    while (this.oldestKept <= this.added && !this.has(this.oldestKept)) this.oldestKept++;
    return this.oldestKept;
  }

  /** Returns its number. */
  add(signal: Signal): number {
    const number = ++this.added;
    const at = chunkOf(number);
    let chunk = this.chunks.get(at);
    if (!chunk) {
      if (this.dictionary.size >= WORDS_MAX) {
        this.dictionary.close();
        this.dictionary = new TextNumbers();
      }
      this.chunks.set(at, (chunk = new SignalChunk(ROWS, this.dictionary)));
    }
    if (signal instanceof Packed) chunk.copy(signal.chunk, signal.row);
    else chunk.add(signal, detailsOf(signal));
    this.kept++;
    return number;
  }

  has(number: number): boolean {
    return this.chunks.get(chunkOf(number))?.has(rowOf(number)) ?? false;
  }

  /** Of one that is kept, or was forgotten but kept alone. */
  at(number: number): Signal {
    const chunk = this.chunks.get(chunkOf(number));
    if (chunk?.has(rowOf(number))) return new Packed(chunk, rowOf(number));
    const alone = this.alone.get(number);
    if (!alone) throw new RangeError(`signal ${number} was forgotten`);
    return alone;
  }

  /** `keepAlone`: `at` still knows it, until `release`. */
  forget(number: number, keepAlone: boolean): void {
    const chunk = this.chunks.get(chunkOf(number));
    if (!chunk?.has(rowOf(number))) return;
    if (keepAlone) this.alone.set(number, new Packed(chunk.alone(rowOf(number)), 0));
    chunk.forget(rowOf(number));
    this.kept--;
    // The last one is still being filled.
    if (chunk.kept === 0 && chunk.isFull) this.chunks.delete(chunkOf(number));
  }

  release(number: number): void {
    this.alone.delete(number);
  }
}

/** What it returns gives back the same signals, all of them in the same few arrays: for who holds many for a while. */
export function signalPacker(): (signals: readonly Signal[]) => readonly Signal[] {
  const packed = new PackedSignals();
  return (signals) => signals.map((signal) => packed.at(packed.add(signal)));
}

/** With fields of its own. */
export function plainSignal(signal: Signal): Signal {
  return signal instanceof Packed ? signal.plain() : { ...signal };
}

/** JSON of a signal and of what is known of it beside (a field at least); details are copied as they lie in memory: half of a page's time went to them. */
export function signalJson(signal: Signal, beside: (signal: SignalCore) => object): string {
  if (!(signal instanceof Packed)) return JSON.stringify({ ...signal, ...beside(signal) });
  const core = signal.core();
  const texts = signal.detailTexts;
  const details = DETAILS.map((name, at) => `"${name}":${texts[at]}`).join();
  return `${JSON.stringify(core).slice(0, -1)},${details},${JSON.stringify(beside(core)).slice(1)}`;
}

/** JSON of a list in which they can be told apart without parsing it: JSON has no line break but between values. */
const detailsOf = (signal: Signal): string =>
  `[${DETAILS.map((name) => JSON.stringify(signal[name] ?? null)).join(BETWEEN_DETAILS)}]`;

const chunkOf = (number: number): number => Math.floor((number - 1) / ROWS);
const rowOf = (number: number): number => (number - 1) % ROWS;
