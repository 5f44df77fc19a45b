import type { PositionRange } from './position-range.js';

/** Positions out of order that wait to be put in their place: one by one, that would take for ever. */
const LATE_MAX = 65_536;

/**
 * A set of positions, partition by partition, kept as runs: where positions follow each other it takes next to nothing,
 * else (Kinesis) about 60 bytes for each.
 */
export class PositionRuns {
  private readonly byPartition = new Map<string, Runs>();

  /** All positions from `first` to `last`. */
  add(partition: string, first: bigint, last = first): void {
    const known = this.byPartition.get(partition);
    const runs = known ?? new Runs();
    if (!known) this.byPartition.set(partition, runs);
    runs.add(first, last);
  }

  has(partition: string, position: bigint): boolean {
    return this.byPartition.get(partition)?.has(position) ?? false;
  }

  /** The runs, ascending within their partition. */
  *[Symbol.iterator](): Generator<readonly [partition: string, run: PositionRange]> {
    for (const [partition, runs] of this.byPartition) for (const run of runs.all()) yield [partition, run];
  }
}

/** Run r is from `firsts[r]` to `lasts[r]`, of one position the same object. They ascend and do not touch. */
class Runs {
  private firsts: bigint[] = [];
  private lasts: bigint[] = [];
  private late: (readonly [first: bigint, last: bigint])[] = [];

  add(first: bigint, last: bigint): void {
    const newest = this.firsts.length - 1;
    if (newest < 0 || first > this.lasts[newest] + 1n) {
      this.firsts.push(first);
      this.lasts.push(last);
    } else if (first >= this.firsts[newest]) {
      if (last > this.lasts[newest]) this.lasts[newest] = last;
    } else {
      this.late.push([first, last]);
      if (this.late.length > LATE_MAX + this.firsts.length) this.settle();
    }
  }

  has(position: bigint): boolean {
    this.settle();
    let [low, high] = [0, this.lasts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lasts[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low < this.firsts.length && this.firsts[low] <= position;
  }

  *all(): Generator<PositionRange> {
    this.settle();
    for (const [run, from] of this.firsts.entries()) yield { from, to: this.lasts[run] + 1n };
  }

  private settle(): void {
    if (this.late.length === 0) return;
    const runs = this.firsts.map((first, run) => [first, this.lasts[run]] as const);
    const sorted = [...runs, ...this.late].sort(([left], [right]) =>
      left < right ? -1 : left > right ? 1 : 0,
    );
    [this.firsts, this.lasts, this.late] = [[], [], []];
    for (const [first, last] of sorted) this.add(first, last);
  }
}
