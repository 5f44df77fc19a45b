import type { EventBatch, TellIdentity } from '@gondola/events';
import {
  selectRows,
  selectValues,
  type Checkpoint,
  type ColumnValues,
  type RecordBatch,
  type Rejection,
  type Stage,
} from '@gondola/stream';
import { IdentityWindow } from './identity-window.js';
import type { WindowCopy } from './window-copy.js';

export interface DedupeOptions {
  /** How far back in event time an identity is remembered; default 24 h. */
  readonly windowMs?: number;
  /**
   * Tells of the events that passed below each partition's start, in any order; events older than the window, counted
   * from the partition's newest event, may be left out. May throw: assignment then fails and is repeated.
   */
  remember(starts: Checkpoint, tell: TellIdentity): Promise<void>;
}

/** `dedupe`, with its memory open to services that keep snapshots because no table can give it back. */
export interface DedupeStage extends Stage<readonly EventBatch[], readonly EventBatch[]> {
  /** Begins a copy of the partition's memory as of now. */
  copy(partition: string): WindowCopy;
  /** Replaces the partition's memory by the sections of a copy. */
  restore(partition: string, sections: readonly Uint8Array[]): void;
}

const DAY_MS = 86_400_000;

/**
 * Drops records whose identity passed before, within a window of event time, in the same partition. A record is judged
 * once, for all its rows. The answer depends only on which events of the partition passed before, so that a stage
 * rebuilt from silver anywhere answers the same.
 */
export function createDedupeStage({ windowMs = DAY_MS, remember }: DedupeOptions): DedupeStage {
  const windows = new Map<string, IdentityWindow>();
  let last: { readonly records: RecordBatch; readonly duplicates: ReadonlySet<number> } | null = null;

  function windowOf(partition: string): IdentityWindow {
    const known = windows.get(partition);
    if (known) return known;
    const window = new IdentityWindow(windowMs);
    windows.set(partition, window);
    return window;
  }

  return {
    name: 'dedupe',
    run(batches, { records }) {
      // The runner repeats a batch when a later stage failed: by then everything in it has been seen once.
      if (last?.records !== records)
        last = { records, duplicates: duplicatesIn(batches, windowOf(records.partition)) };
      const { duplicates } = last;
      const value =
        duplicates.size === 0 ? batches : batches.flatMap((batch) => withoutRecords(batch, duplicates));
      return { value, rejected: batches.flatMap((batch) => duplicatesOf(batch, duplicates)) };
    },
    async assigned(starts) {
      last = null;
      // What another instance reads now is its to remember.
      windows.clear();
      for (const partition of starts.keys()) windows.set(partition, new IdentityWindow(windowMs));
      await remember(starts, (partition, identity, eventTimeMs) =>
        windows.get(partition)?.remember(identity, eventTimeMs),
      );
    },
    copy: (partition) => windowOf(partition).copy(),
    restore: (partition, sections) =>
      void windows.set(partition, IdentityWindow.fromSections(sections, windowMs)),
  };
}

/** Rows whose slots fit the processor's smallest cache together. */
const ROWS_AHEAD = 128;

/** Judges the records of all subjects in the order of the stream: each answer changes what is remembered. */
function duplicatesIn(batches: readonly EventBatch[], window: IdentityWindow): ReadonlySet<number> {
  const duplicates = new Set<number>();
  const cursors = batches.map((batch) => new Cursor(batch));
  for (;;) {
    const [next, other] = cursors.sort((left, right) => left.record - right.record);
    if (!next || next.record === Infinity) return duplicates;
    next.judgeUntil(other?.record ?? Infinity, window, duplicates);
  }
}

class Cursor {
  /** The record to be judged next, Infinity when all are. */
  record = Infinity;
  private row = 0;
  /** The first row that was not looked ahead for. */
  private ahead = 0;
  /** The identities as pairs of 32-bit halves, lower first. */
  private readonly halves: Int32Array;

  constructor(private readonly batch: EventBatch) {
    const { identity, recordIndex } = batch;
    this.halves = new Int32Array(identity.buffer, identity.byteOffset, 2 * identity.length);
    if (recordIndex.length > 0) this.record = recordIndex[0];
  }

  /** Judges the records before `end`. */
  judgeUntil(end: number, window: IdentityWindow, duplicates: Set<number>): void {
    const { halves } = this;
    const { recordIndex, eventTimeMs } = this.batch;
    let { row, record, ahead } = this;
    while (record < end) {
      if (row >= ahead) {
        ahead = Math.min(row + ROWS_AHEAD, recordIndex.length);
        window.lookAhead(halves, row, ahead);
      }
      if (!window.pass(halves[2 * row], halves[2 * row + 1], eventTimeMs[row])) duplicates.add(record);
      do row++;
      while (row < recordIndex.length && recordIndex[row] === record);
      record = row < recordIndex.length ? recordIndex[row] : Infinity;
    }
    this.row = row;
    this.record = record;
    this.ahead = ahead;
  }
}

export function withoutRecords(batch: EventBatch, records: ReadonlySet<number>): readonly EventBatch[] {
  const { recordIndex } = batch;
  const rows = Int32Array.from(recordIndex.keys()).filter((row) => !records.has(recordIndex[row]));
  if (rows.length === recordIndex.length) return [batch];
  if (rows.length === 0) return [];
  const selected = <T extends ColumnValues>(values: T) => selectValues(values, rows) as T;
  return [
    {
      ...batch,
      table: selectRows(batch.table, rows),
      recordIndex: selected(batch.recordIndex),
      eventId: selected(batch.eventId),
      eventTimeMs: selected(batch.eventTimeMs),
      schemaVersion: selected(batch.schemaVersion),
      identity: selected(batch.identity),
    },
  ];
}

function duplicatesOf(
  { subject, recordIndex, eventTimeMs }: EventBatch,
  duplicates: ReadonlySet<number>,
): Rejection[] {
  const rejected: Rejection[] = [];
  if (duplicates.size === 0) return rejected;
  for (let row = 0; row < recordIndex.length; row++) {
    const index = recordIndex[row];
    if (!duplicates.has(index) || (row > 0 && recordIndex[row - 1] === index)) continue;
    const [stage, reason] = ['dedupe', 'duplicate'] as const;
    rejected.push({ kind: 'drop', index, stage, reason, subject, eventTimeMs: eventTimeMs[row] });
  }
  return rejected;
}
