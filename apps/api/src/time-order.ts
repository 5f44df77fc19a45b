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

/** Signals by time. */
export class TimeOrder {
  /** Oldest first. */
  private readonly signals: Signal[] = [];

  get size(): number {
    return this.signals.length;
  }

  get oldest(): Signal | undefined {
    return this.signals[0];
  }

  add(signal: Signal): void {
    this.signals.splice(this.indexOf(signal), 0, signal);
  }

  remove(signal: Signal): void {
    this.signals.splice(this.indexOf(signal), 1);
  }

  page(filter: SignalFilter, limit: number, after: SignalCursor | null): SignalPage {
    const signals: Signal[] = [];
    for (let index = (after ? this.indexOf(after) : this.size) - 1; index >= 0; index--) {
      const signal = this.signals[index];
      if (filter.sinceMs !== undefined && signal.atMs < filter.sinceMs) break;
      if (!matches(filter, signal)) continue;
      if (signals.length === limit) return { signals, next: signals[limit - 1] };
      signals.push(signal);
    }
    return { signals, next: null };
  }

  /** The first whose signal is not before `at`. */
  private indexOf(at: SignalCursor): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { atMs, signalId } = this.signals[middle];
      if (atMs < at.atMs || (atMs === at.atMs && signalId < at.signalId)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
