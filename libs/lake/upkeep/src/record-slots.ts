import { positionsFrom, type Positions, type RecordBatch } from '@gondola/stream';
import { RowSums } from './row-hash.js';

const HOUR_MS = 3_600_000;

/** What is known of each record of one batch: a slot for each, in position order. */
export class RecordSlots {
  readonly partition: string;
  readonly positions: Positions;
  /** Hours since 1970 of the broker's time. */
  readonly hours: Int32Array;
  /** What the records give, judged now. */
  readonly expected: { readonly silver: RowSums; readonly quarantine: RowSums };
  /** What the tables hold. */
  readonly actual: { readonly silver: RowSums; readonly quarantine: RowSums };
  readonly isDuplicate: Uint8Array;

  constructor(records: RecordBatch) {
    const { count } = records;
    this.partition = records.partition;
    this.positions = positionsFrom(records, 0);
    this.hours = Int32Array.from(records.timestampMs, (timeMs) => Math.floor(timeMs / HOUR_MS));
    this.expected = { silver: new RowSums(count), quarantine: new RowSums(count) };
    this.actual = { silver: new RowSums(count), quarantine: new RowSums(count) };
    this.isDuplicate = new Uint8Array(count);
  }

  get count(): number {
    return this.positions.length;
  }
}

/** Finds the slot of a position among batches that follow each other. */
export class SlotLookup {
  private batch = 0;
  private slot = 0;

  /** Of one partition, in position order. */
  constructor(private readonly batches: readonly RecordSlots[]) {}

  /** Null when there is no record at that position. Rows come nearly in order, so the next slot is tried first. */
  find(position: bigint): { readonly slots: RecordSlots; readonly slot: number } | null {
    const { batches } = this;
    if (batches.length === 0) return null;
    const isNext = batches[this.batch].positions[this.slot] === position;
    if (!isNext && !this.seek(position)) return null;
    const found = { slots: batches[this.batch], slot: this.slot };
    if (this.slot + 1 < found.slots.count) this.slot++;
    return found;
  }

  /** Hour of the record before the position that was not found, or else of the first one. */
  nearestHour(): number | null {
    return this.batches.at(this.batch)?.hours[this.slot] ?? null;
  }

  private seek(position: bigint): boolean {
    const { batches } = this;
    this.batch = lastIndex(batches.length, (index) => batches[index].positions[0] <= position);
    const { positions } = batches[this.batch];
    this.slot = lastIndex(positions.length, (index) => positions[index] <= position);
    return positions[this.slot] === position;
  }
}

/** Greatest index for which `holds` is true, 0 when there is none; true for none after the first false. */
function lastIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
