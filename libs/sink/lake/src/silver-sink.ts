import type { EventBatch } from '@gondola/events';
import {
  ByteValues,
  DictionaryValues,
  indexFrom,
  internRepeated,
  packPositions,
  positionColumns,
  positionsFrom,
  selectRows,
  selectValues,
  type BatchContext,
  type Checkpoint,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
  type Positions,
} from '@gondola/stream';
import { SILVER_SYSTEM_COLUMNS, daysOf } from './lake-columns.js';
import { TableWriter, type LakeDeps } from './table-writer.js';

export interface SilverSubject {
  readonly subject: string;
  /** The contract's columns. */
  readonly columns: readonly ColumnSpec[];
  /** Columns that get a bloom filter. */
  readonly bloomFilters?: readonly string[];
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
      bloomFilters: subject.bloomFilters ?? [],
    });
  }

  async assigned(partitions: readonly string[]): Promise<void> {
    await this.writer.assigned(partitions);
    this.eventTimeMsMax.clear();
  }

  write(batch: EventBatch, { records }: BatchContext): void {
    const start = indexFrom(records, this.writer.position(records.partition) ?? 0n);
    const first = batch.recordIndex.findIndex((index) => index >= start);
    if (first < 0) return;
    const whole = this.withSystemColumns(batch, records);
    const rows = Int32Array.from({ length: whole.rows - first }, (_, row) => first + row);
    this.writer.add(first === 0 ? whole : selectRows(whole, rows), rows.length * ROW_BYTES_ABOUT);
    const before =
      this.eventTimeMsMax.get(records.partition) ?? this.writer.extra(eventTimeOf(records.partition)) ?? 0n;
    const newest = BigInt(Math.trunc(newestOf(batch.eventTimeMs, first)));
    this.eventTimeMsMax.set(records.partition, newest > before ? newest : before);
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
    const { position, sequence } = positionColumns(positionsOf(batch, records));
    const values: Record<string, () => ColumnValues> = {
      event_id: () => batch.eventId,
      // Exact until 2109: half of what a double cannot tell apart is less than half a microsecond.
      event_time: () => batch.eventTimeMs.map((timeMs) => Math.round(timeMs * 1000)),
      source_stream: () => DictionaryValues.constant(records.stream, rows),
      source_partition: () => DictionaryValues.constant(records.partition, rows),
      source_position: () => position,
      source_sequence: () => sequence,
      schema_version: () => batch.schemaVersion,
      event_date: () => daysOf(batch.eventTimeMs),
    };
    return {
      rows,
      columns: [
        ...batch.table.columns.map(({ spec, values }) => ({
          spec,
          values: values instanceof ByteValues ? internRepeated(values) : values,
        })),
        ...this.columns.map((spec) => ({ spec, values: values[spec.name]() })),
      ],
    };
  }
}

/** Of the record that each row comes from. */
function positionsOf({ recordIndex }: EventBatch, records: BatchContext['records']): Positions {
  const positions = positionsFrom(records, 0);
  if (positions instanceof BigInt64Array) return selectValues(positions, recordIndex) as BigInt64Array;
  return packPositions(Array.from(recordIndex, (index) => positions[index]));
}

function newestOf(timesMs: Float64Array, first: number): number {
  let newest = timesMs[first];
  for (let row = first + 1; row < timesMs.length; row++) if (timesMs[row] > newest) newest = timesMs[row];
  return newest;
}

/** Name of the `txn` that keeps a partition's newest event time (ms): bounds what the dedupe window reads back. */
export function eventTimeOf(partition: string): string {
  return `${partition}#event_time`;
}
