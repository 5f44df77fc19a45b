import type { EventBatch } from '@gondola/events';
import {
  ByteValues,
  DictionaryValues,
  indexFrom,
  packed,
  packPositions,
  positionAt,
  positionColumns,
  positionsFrom,
  RepeatedTexts,
  selectRows,
  selectValues,
  type BatchContext,
  type Checkpoint,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
  type Position,
  type Positions,
} from '@gondola/stream';
import { SILVER_SYSTEM_COLUMNS, dayOf, daysOf, microsOf } from './lake-columns.js';
import { TableWriter, type ExtraTransaction, type LakeDeps } from './table-writer.js';

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
  options: {
    stream: string;
    subjects: readonly SilverSubject[];
    /** Days, and so files, of one version of a table. Rows of more make several, in the order they came. */
    daysMax: number;
    /** Rows of a subject are readable. */
    onStored?: (subject: string, rows: number) => void;
  },
): CommitSink<readonly EventBatch[]> {
  const { stream, subjects, daysMax, onStored = () => {} } = options;
  const writers = new Map(
    subjects.map((one) => [one.subject, new SubjectWriter(deps, stream, one, daysMax)]),
  );

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
      let [rows, days] = [0, 0];
      for (const writer of writers.values()) {
        rows += writer.buffered().rows;
        days = Math.max(days, writer.buffered().days);
      }
      return { rows, bytes: rows * ROW_BYTES_ABOUT, days };
    },
    commit: async (upTo) => {
      for (const [subject, writer] of writers) {
        const { rows } = writer.buffered();
        if (rows === 0) continue;
        try {
          await writer.commit(upTo);
        } finally {
          // Of several versions some may be there and another refused.
          onStored(subject, rows - writer.buffered().rows);
        }
      }
    },
    published: () => [...writers.values()].flatMap((writer) => writer.published()),
    discard: () => {
      for (const writer of writers.values()) writer.discard();
    },
  };
}

class SubjectWriter {
  private readonly writer: TableWriter;
  private readonly columns: readonly ColumnSpec[];
  /** One for each of the contract's columns. */
  private readonly texts: readonly RepeatedTexts[];
  private eventTimeMsMax = new Map<string, bigint>();
  /** Partition -> position after the last record of which rows were added. */
  private readonly reached = new Map<string, Position>();

  constructor(
    deps: LakeDeps,
    stream: string,
    subject: SilverSubject,
    private readonly daysMax: number,
  ) {
    this.texts = subject.columns.map(() => new RepeatedTexts());
    const own = new Set(subject.columns.map((column) => column.name));
    this.columns = SILVER_SYSTEM_COLUMNS.filter((column) => !own.has(column.name));
    const columns = [...subject.columns, ...this.columns];
    this.writer = new TableWriter(deps, {
      path: `silver/${subject.subject}`,
      columns,
      dateColumn: 'event_date',
      stream,
      followsRows: true,
      bloomFilters: subject.bloomFilters ?? [],
    });
  }

  async assigned(partitions: readonly string[]): Promise<void> {
    await this.writer.assigned(partitions);
    this.forget();
  }

  write(batch: EventBatch, { records }: BatchContext): void {
    const start = indexFrom(records, this.writer.position(records.partition) ?? 0n);
    const first = batch.recordIndex.findIndex((index) => index >= start);
    if (first < 0) return;
    const whole = this.withSystemColumns(batch, records);
    let from = first;
    for (const end of this.seams(batch, first)) {
      this.add(batch, records, whole, from, end);
      this.writer.seal(new Map(this.reached), this.eventTimes());
      from = end;
    }
    this.add(batch, records, whole, from, whole.rows);
  }

  /** Where the rows of a batch have to be parted, so that no version has too many days. Rows of one record stay together. */
  private *seams({ recordIndex, eventTimeMs }: EventBatch, first: number): Generator<number> {
    let days = new Set(this.writer.openDays());
    let from = first;
    let dayBefore = NaN;
    for (let row = first; row < eventTimeMs.length; row++) {
      const day = dayOf(eventTimeMs[row]);
      if (day === dayBefore) continue;
      dayBefore = day;
      if (days.has(day)) continue;
      let end = row;
      while (end > from && recordIndex[end - 1] === recordIndex[row]) end--;
      const isFull = days.size >= this.daysMax && (end > from || this.writer.openDays().size > 0);
      if (!isFull) {
        days.add(day);
        continue;
      }
      yield end;
      days = new Set();
      from = end;
      row = end - 1;
      dayBefore = NaN;
    }
  }

  private add(
    batch: EventBatch,
    records: BatchContext['records'],
    whole: ColumnTable,
    from: number,
    end: number,
  ): void {
    if (from === end) return;
    const { partition } = records;
    const rows = end - from;
    this.writer.add(rows === whole.rows ? whole : rowsFrom(whole, from, end), rows * ROW_BYTES_ABOUT);
    this.reached.set(partition, positionAt(records, batch.recordIndex[end - 1]) + 1n);
    const before = this.eventTimeMsMax.get(partition) ?? this.writer.extra(eventTimeOf(partition)) ?? 0n;
    const newest = BigInt(Math.trunc(newestOf(batch.eventTimeMs.subarray(from, end))));
    this.eventTimeMsMax.set(partition, newest > before ? newest : before);
  }

  private eventTimes(): readonly ExtraTransaction[] {
    return [...this.eventTimeMsMax].map(([partition, version]) => ({
      name: eventTimeOf(partition),
      version,
    }));
  }

  buffered(): ReturnType<TableWriter['buffered']> {
    return this.writer.buffered();
  }

  async commit(upTo: Checkpoint): Promise<void> {
    await this.writer.commit(upTo, this.eventTimes());
  }

  published(): ReturnType<TableWriter['published']> {
    return this.writer.published();
  }

  discard(): void {
    this.writer.discard();
    this.forget();
  }

  private forget(): void {
    this.eventTimeMsMax.clear();
    this.reached.clear();
  }

  private withSystemColumns(batch: EventBatch, records: BatchContext['records']): ColumnTable {
    const { rows } = batch.table;
    const { position, sequence } = positionColumns(positionsOf(batch, records));
    const values: Record<string, () => ColumnValues> = {
      event_id: () => (batch.eventId instanceof ByteValues ? packed(batch.eventId) : batch.eventId),
      event_time: () => microsOf(batch.eventTimeMs),
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
        ...batch.table.columns.map(({ spec, values }, at) => ({
          spec,
          values: values instanceof ByteValues ? this.texts[at].of(values) : values,
        })),
        ...this.columns.map((spec) => ({ spec, values: values[spec.name]() })),
      ],
    };
  }
}

function rowsFrom(table: ColumnTable, from: number, end: number): ColumnTable {
  return selectRows(
    table,
    Int32Array.from({ length: end - from }, (_, row) => from + row),
  );
}

/** Of the record that each row comes from. */
function positionsOf({ recordIndex }: EventBatch, records: BatchContext['records']): Positions {
  const positions = positionsFrom(records, 0);
  if (positions instanceof BigInt64Array) return selectValues(positions, recordIndex) as BigInt64Array;
  return packPositions(Array.from(recordIndex, (index) => positions[index]));
}

function newestOf(timesMs: Float64Array): number {
  let newest = timesMs[0];
  for (let row = 1; row < timesMs.length; row++) if (timesMs[row] > newest) newest = timesMs[row];
  return newest;
}

/** Name of the `txn` that keeps a partition's newest event time (ms): bounds what the dedupe window reads back. */
export function eventTimeOf(partition: string): string {
  return `${partition}#event_time`;
}
