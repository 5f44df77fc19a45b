import type { EventBatch } from '@gondola/events';
import {
  indexFrom,
  positionAt,
  selectRows,
  type BatchContext,
  type Checkpoint,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
} from '@gondola/stream';
import { SILVER_SYSTEM_COLUMNS, dayOf } from './lake-columns.js';
import { TableWriter, type LakeDeps } from './table-writer.js';

export interface SilverSubject {
  readonly subject: string;
  /** The contract's columns. */
  readonly columns: readonly ColumnSpec[];
}

/** Bytes a silver row takes in memory, about: only to bound the buffer. */
const ROW_BYTES_ABOUT = 200;

/**
 * Events, one table per subject. A table commits only when it has rows, so its position may stand far behind: it has no
 * say on where to start (quarantine's does), it only skips what it has.
 */
export function createSilverSink(
  deps: LakeDeps,
  options: { stream: string; subjects: readonly SilverSubject[] },
): CommitSink<readonly EventBatch[]> {
  const { stream, subjects } = options;
  const writers = new Map(subjects.map((one) => [one.subject, new SubjectWriter(deps, stream, one)]));

  return {
    name: 'silver',
    assigned: async (partitions) => {
      for (const writer of writers.values()) await writer.assigned(partitions);
      return new Map();
    },
    write: (batches, context) => {
      for (const batch of batches) writers.get(batch.subject)?.write(batch, context);
    },
    buffered: () => {
      let rows = 0;
      for (const writer of writers.values()) rows += writer.rows();
      return { rows, bytes: rows * ROW_BYTES_ABOUT };
    },
    commit: async (upTo) => {
      for (const writer of writers.values()) await writer.commit(upTo);
    },
    discard: () => {
      for (const writer of writers.values()) writer.discard();
    },
  };
}

class SubjectWriter {
  private readonly writer: TableWriter;
  private readonly columns: readonly ColumnSpec[];
  private eventTimeMsMax = new Map<string, bigint>();

  constructor(deps: LakeDeps, stream: string, subject: SilverSubject) {
    const own = new Set(subject.columns.map((column) => column.name));
    this.columns = SILVER_SYSTEM_COLUMNS.filter((column) => !own.has(column.name));
    const columns = [...subject.columns, ...this.columns];
    this.writer = new TableWriter(deps, {
      path: `silver/${subject.subject}`,
      columns,
      dateColumn: 'event_date',
      stream,
    });
  }

  async assigned(partitions: readonly string[]): Promise<void> {
    await this.writer.assigned(partitions);
    this.eventTimeMsMax.clear();
  }

  write(batch: EventBatch, { records }: BatchContext): void {
    const start = indexFrom(records, this.writer.position(records.partition) ?? 0n);
    const wanted = Array.from(batch.recordIndex.keys()).filter((row) => batch.recordIndex[row] >= start);
    if (wanted.length === 0) return;
    this.writer.add(
      selectRows(this.withSystemColumns(batch, records), wanted),
      wanted.length * ROW_BYTES_ABOUT,
    );
    let newestMs =
      this.eventTimeMsMax.get(records.partition) ?? this.writer.extra(eventTimeOf(records.partition)) ?? 0n;
    for (const row of wanted) {
      const timeMs = BigInt(Math.trunc(batch.eventTimeMs[row]));
      if (timeMs > newestMs) newestMs = timeMs;
    }
    this.eventTimeMsMax.set(records.partition, newestMs);
  }

  rows(): number {
    return this.writer.buffered().rows;
  }

  async commit(upTo: Checkpoint): Promise<void> {
    if (this.rows() === 0) return;
    const newest = [...this.eventTimeMsMax].map(([partition, version]) => ({
      name: eventTimeOf(partition),
      version,
    }));
    await this.writer.commit(upTo, newest);
  }

  discard(): void {
    this.writer.discard();
    this.eventTimeMsMax.clear();
  }

  private withSystemColumns(batch: EventBatch, records: BatchContext['records']): ColumnTable {
    const { rows } = batch.table;
    const values: Record<string, () => ColumnValues> = {
      event_id: () => batch.eventId,
      event_time: () => batch.eventTimeMs.map((timeMs) => timeMs * 1000),
      source_stream: () => Array<string>(rows).fill(records.stream),
      source_partition: () => Array<string>(rows).fill(records.partition),
      source_position: () => BigInt64Array.from(batch.recordIndex, (index) => positionAt(records, index)),
      schema_version: () => batch.schemaVersion,
      identity: () => batch.identity,
      event_date: () => Int32Array.from(batch.eventTimeMs, dayOf),
    };
    return {
      rows,
      columns: [
        ...batch.table.columns,
        ...this.columns.map((spec) => ({ spec, values: values[spec.name]() })),
      ],
    };
  }
}

/** Name of the `txn` that keeps a partition's newest event time (ms): bounds what the dedupe window reads back. */
export function eventTimeOf(partition: string): string {
  return `${partition}#event_time`;
}
