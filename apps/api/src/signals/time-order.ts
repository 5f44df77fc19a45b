import type { Signal } from '@gondola/events';
import { matches, type SignalFilter } from './signal-filter.js';

/** Where a page ended: the last signal on it. */
export interface SignalCursor {
  readonly atMs: number;
  readonly signalId: string;
}

export interface SignalPage {
  /** Newest first; signals of the same time by id. */
  readonly signals: readonly Signal[];
  /** Where the next page starts, null on the last one. */
  readonly next: SignalCursor | null;
}

/** Of those that are gone, how many at least, and which share of all, before their room is given back. */
const GONE_MIN = 16;
const GONE_SHARE_MAX = 1 / 8;

/** Numbers of signals by time. */
export class TimeOrder {
  /** Oldest first, from `first` on. */
  private readonly numbers: number[] = [];
  /** Those before it are gone: the oldest go one by one, and a million others are not moved for each. */
  private first = 0;

  constructor(private readonly signalOf: (number: number) => Signal) {}

  get size(): number {
    return this.numbers.length - this.first;
  }

  get oldest(): Signal | undefined {
    return this.size === 0 ? undefined : this.signalOf(this.numbers[this.first]);
  }

  add(number: number): void {
    const signal = this.signalOf(number);
    const newest = this.size === 0 ? null : this.signalOf(this.numbers[this.numbers.length - 1]);
    // Most come in their order.
    if (!newest || isBefore(newest, signal)) this.numbers.push(number);
    else this.numbers.splice(this.indexOf(signal), 0, number);
  }

  remove(number: number): void {
    const index = this.indexOf(this.signalOf(number));
    if (index > this.first) this.numbers.splice(index, 1);
    else if (++this.first >= GONE_MIN && this.first >= GONE_SHARE_MAX * this.numbers.length) {
      this.numbers.splice(0, this.first);
      this.first = 0;
    }
  }

  page(filter: SignalFilter, limit: number, after: SignalCursor | null): SignalPage {
    const signals: Signal[] = [];
    for (let index = (after ? this.indexOf(after) : this.numbers.length) - 1; index >= this.first; index--) {
      const signal = this.signalOf(this.numbers[index]);
      if (filter.sinceMs !== undefined && signal.atMs < filter.sinceMs) break;
      if (!matches(filter, signal)) continue;
      if (signals.length === limit) return { signals, next: signals[limit - 1] };
      signals.push(signal);
    }
    return { signals, next: null };
  }

  /** The first whose signal is not before `at`. */
  private indexOf(at: SignalCursor): number {
    let low = this.first;
    let high = this.numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.signalOf(this.numbers[middle]), at)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(signal: Signal, at: SignalCursor): boolean {
  const { atMs } = signal;
  // Ids are read where times do not tell: they are bytes.
  return atMs < at.atMs || (atMs === at.atMs && signal.signalId < at.signalId);
}
