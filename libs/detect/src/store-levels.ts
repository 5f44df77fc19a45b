import { CATEGORY_NUMBERS } from './category-sums.js';
import type { JudgedShelves } from './judged-shelves.js';
import { isEmptyKind, kindOf } from './kinds.js';
import type { LocalHour } from './local-time.js';
import type { ShelfColumns } from './shelf-state.js';
import type { StoreState } from './store-state.js';
import { learnUsual, USUAL_NUMBERS, type Level } from './usual.js';

/** Shares of which every store knows what is usual. `lost`: of what its shelves would sell, how much is lost. */
const SHARES = ['out', 'phantom', 'coming', 'lost'] as const;
export type ShareName = (typeof SHARES)[number];

/** Beside the shares: of the newest judged hour. */
const FIGURES = ['shelves', 'salesPerHour', 'emptySignals', 'emptySalesPerHour', 'phantomSignals'] as const;
const LEVELS_AT = FIGURES.length;
const USUAL_AT = LEVELS_AT + 3 * SHARES.length;
const NUMBERS = USUAL_AT + USUAL_NUMBERS * SHARES.length;

/** What of a category is in one store. */
export interface CategoryLevel {
  readonly category: number;
  readonly shelves: number;
  readonly outShelves: number;
  readonly lostPerHour: number;
}

/**
 * What a store's shelves are together, as of its newest judged hour, and what is usual there. Changed by ticks alone. 3 KB a store.
 */
export class StoreLevels {
  private readonly numbers = new Float32Array(NUMBERS);
  private categories: Float32Array = new Float32Array(0);

  /** Shelves watched; 0 before the first judged hour. */
  get shelves(): number {
    return this.numbers[0];
  }

  /** Money that its shelves would take in an hour, were they all full. */
  get salesPerHour(): number {
    return this.numbers[1];
  }

  /** Shelves with a signal that they are empty, and money that they would take in an hour. */
  get emptySignals(): number {
    return this.numbers[2];
  }

  get emptySalesPerHour(): number {
    return this.numbers[3];
  }

  get phantomSignals(): number {
    return this.numbers[4];
  }

  levelOf(share: ShareName): Level {
    const at = LEVELS_AT + 3 * SHARES.indexOf(share);
    return { now: this.numbers[at], usual: this.numbers[at + 1], stddev: this.numbers[at + 2] };
  }

  *byCategory(): Generator<CategoryLevel> {
    for (let at = 0; at < this.categories.length; at += CATEGORY_NUMBERS) {
      const [category, shelves, outShelves, lostPerHour] = this.categories.subarray(
        at,
        at + CATEGORY_NUMBERS,
      );
      yield { category, shelves, outShelves, lostPerHour };
    }
  }

  /** An hour in which the store sold: what its shelves were judged to be. */
  learn(store: StoreState, judged: JudgedShelves, at: LocalHour): void {
    const sums = sumsOf(store, judged);
    if (sums.shelves === 0) return;
    const empty = emptyOf(store);
    this.numbers.set([sums.shelves, sums.sales, empty.signals, empty.salesPerHour, empty.phantoms]);
    this.categories = sums.categories;
    this.learnShare('out', sums.out / sums.shelves, at, sums.shelves);
    this.learnShare('phantom', sums.phantom / sums.shelves, at, sums.shelves);
    // Shelves of many sales count for more, so that chance moves this share as it does that of fewer shelves.
    if (sums.sales > 0)
      this.learnShare('lost', sums.lost / sums.sales, at, sums.sales ** 2 / sums.squaredSales);
  }

  /** Also in the hours before a store opens. */
  learnComing({ shelves: { count } }: StoreState, judged: JudgedShelves, at: LocalHour): void {
    let [shelves, sum] = [0, 0];
    for (let row = 0; row < count; row++) {
      const coming = judged.coming[row];
      if (Number.isNaN(coming)) continue;
      shelves++;
      sum += coming;
    }
    if (shelves > 0) this.learnShare('coming', sum / shelves, at, shelves);
  }

  /** Categories, for a snapshot's header, and the bytes behind it. */
  get categoryCount(): number {
    return this.categories.length / CATEGORY_NUMBERS;
  }

  get byteLength(): number {
    return this.numbers.byteLength + this.categories.byteLength;
  }

  /** In the machine's byte order. */
  write(target: Uint8Array, start: number): void {
    target.set(bytesOf(this.numbers), start);
    target.set(bytesOf(this.categories), start + this.numbers.byteLength);
  }

  static read(
    categoryCount: number,
    source: Uint8Array,
    start: number,
  ): { levels: StoreLevels; end: number } {
    const levels = new StoreLevels();
    levels.categories = new Float32Array(categoryCount * CATEGORY_NUMBERS);
    let end = start;
    for (const array of [levels.numbers, levels.categories]) {
      const bytes = bytesOf(array);
      bytes.set(source.subarray(end, end + bytes.length));
      end += bytes.length;
    }
    return { levels, end };
  }

  private learnShare(share: ShareName, now: number, at: LocalHour, shelves: number): void {
    const index = SHARES.indexOf(share);
    const from = USUAL_AT + index * USUAL_NUMBERS;
    const level = learnUsual(this.numbers.subarray(from, from + USUAL_NUMBERS), now, at, shelves);
    this.numbers.set([level.now, level.usual, level.stddev], LEVELS_AT + 3 * index);
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Over the watched shelves of a store; sales and what is lost of them in money an hour, none where no price is known. */
interface JudgedSums {
  shelves: number;
  out: number;
  /** Those that are out and have stock on record. */
  phantom: number;
  sales: number;
  lost: number;
  squaredSales: number;
  categories: Float32Array;
}

function sumsOf({ shelves: { count, columns } }: StoreState, judged: JudgedShelves): JudgedSums {
  const sums = { shelves: 0, out: 0, phantom: 0, sales: 0, lost: 0, squaredSales: 0 };
  for (let row = 0; row < count; row++) {
    const out = judged.out[row];
    if (Number.isNaN(out)) continue;
    const sales = salesPerHourOf(columns, row);
    const lost = out * sales;
    sums.shelves++;
    sums.out += out;
    if (kindOf(columns.record.at(row)) === 'phantom') sums.phantom += out;
    sums.sales += sales;
    sums.lost += lost;
    sums.squaredSales += sales ** 2;
    judged.categories.add(columns.category.at(row), out, lost);
  }
  return { ...sums, categories: judged.categories.take() };
}

/** Money that a full shelf takes in an hour as the last one was; 0 where no price is known. */
export function salesPerHourOf({ unitPrice, demand }: ShelfColumns, row: number): number {
  const price = unitPrice.at(row);
  return price >= 0 ? price * demand[row] : 0;
}

function emptyOf({ episodes, shelves: { columns } }: StoreState) {
  const empty = { signals: 0, phantoms: 0, salesPerHour: 0 };
  for (const [row, { kind }] of episodes) {
    if (!isEmptyKind(kind)) continue;
    empty.signals++;
    if (kind === 'phantom') empty.phantoms++;
    empty.salesPerHour += salesPerHourOf(columns, row);
  }
  return empty;
}
