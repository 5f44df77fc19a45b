import type { Engine } from '@gondola/detect';
import type { EventBatch, Signal } from '@gondola/events';
import type { PartitionSignals, StateCopy } from '@gondola/sink-lake';
import { indexFrom, SetupError, type Position, type RecordBatch } from '@gondola/stream';
import { withoutRecords } from '@gondola/validate';
import type { Mark } from './marks.js';
import type { Outside } from './outside.js';
import { inRecordOrder, type PlacedStore } from './record-order.js';

/** Where an engine stands when its partition becomes ours. */
export interface DetectionStart {
  readonly engine: Engine;
  readonly outside: Outside;
  /** Of the next record it has not seen. */
  readonly position: Position;
  /** Up to here its signals are published, and these marks were made: see `Mark`. */
  readonly until: Position;
  readonly marks: readonly Mark[];
}

/** One partition's engine, what it is told from outside, and the replay that brings it to where it was. */
export class PartitionDetection {
  readonly engine: Engine;
  private readonly outside: Outside;
  private position: Position;
  private replay: { readonly marks: Mark[]; readonly until: Position } | null;

  constructor(
    private readonly partition: string,
    start: DetectionStart,
    private readonly note: (mark: Mark) => void,
  ) {
    ({ engine: this.engine, outside: this.outside, position: this.position } = start);
    this.replay = { marks: [...start.marks], until: start.until };
    if (start.until === this.position && start.marks.length === 0) this.goLive();
  }

  run(batches: readonly EventBatch[], records: RecordBatch): PartitionSignals[] {
    const out: PartitionSignals[] = [];
    let from = 0;
    while (this.replay) {
      const next = this.replay.marks.at(0)?.at ?? this.replay.until;
      const end = indexFrom(records, next);
      out.push(this.replayed(this.apply(rowsBetween(batches, records.count, from, end))));
      from = end;
      this.position = records.nextPosition < next ? records.nextPosition : next;
      if (records.nextPosition < next) return out;
      out.push(this.replayed(this.passMark()));
    }
    const signals = this.apply(rowsBetween(batches, records.count, from, records.count));
    const facts = this.outside.takeNew();
    if (facts) this.note({ at: this.position, kind: 'facts', facts });
    this.position = records.nextPosition;
    return [...out, { partition: this.partition, signals }];
  }

  /** Everything in the stream was read: so was what is to be replayed. */
  finishReplay(): PartitionSignals[] {
    if (!this.replay) return [];
    const out: PartitionSignals[] = [];
    while (this.replay) out.push(this.replayed(this.passMark()));
    return [...out, { partition: this.partition, signals: [] }];
  }

  /** The clock moves silent stores on. */
  advance(nowMs: number): Signal[] {
    const { ticks } = this.engine.counts;
    const signals = this.engine.advance(nowMs);
    if (this.engine.counts.ticks > ticks) this.note({ at: this.position, kind: 'clock', nowMs });
    return signals;
  }

  /** The catalog says of some stores that they are elsewhere. */
  placeStores(): void {
    // At the end of a replay they are looked for anyway.
    if (this.replay) return;
    const storeIds = this.engine.placeStores();
    const facts = this.outside.takeNew() ?? {};
    if (storeIds.length > 0) this.note({ at: this.position, kind: 'place', facts, storeIds });
    else if (facts.places) this.note({ at: this.position, kind: 'facts', facts });
  }

  get isReplaying(): boolean {
    return this.replay !== null;
  }

  copy(): StateCopy {
    this.outside.forget();
    return this.engine.copy();
  }

  private passMark(): Signal[] {
    const mark = this.replay?.marks.shift();
    if (mark) return this.applyMark(mark);
    this.goLive();
    return [];
  }

  private applyMark(mark: Mark): Signal[] {
    switch (mark.kind) {
      case 'clock':
        return this.engine.advance(mark.nowMs);
      case 'place':
        this.outside.tell(mark.facts);
        this.engine.placeStores(mark.storeIds);
        return [];
      case 'facts':
        this.outside.tell(mark.facts);
        return [];
    }
  }

  private goLive(): void {
    this.replay = null;
    this.outside.live();
    this.placeStores();
  }

  private apply(batches: readonly EventBatch[]): Signal[] {
    const signals: Signal[] = [];
    for (const part of inRecordOrder(batches)) {
      if (part.kind === 'store') this.placeStore(part.store);
      else signals.push(...this.engine.apply(part.events));
    }
    return signals;
  }

  private placeStore({ storeId, timeZone, city }: PlacedStore): void {
    try {
      this.engine.setStore(storeId, { timeZone, city });
    } catch (error) {
      // A zone that this machine does not know: the store keeps the one it had.
      if (!(error instanceof SetupError)) throw error;
    }
  }

  private replayed(signals: readonly Signal[]): PartitionSignals {
    return { partition: this.partition, signals, isReplayed: true };
  }
}

/** What records from `from` to before `end` became. */
function rowsBetween(
  batches: readonly EventBatch[],
  count: number,
  from: number,
  end: number,
): readonly EventBatch[] {
  if (from === 0 && end === count) return batches;
  if (from >= end) return [];
  const others = new Set(Array.from({ length: count }, (_, index) => index));
  for (let index = from; index < end; index++) others.delete(index);
  return batches.flatMap((batch) => withoutRecords(batch, others));
}
