import {
  packPositions,
  positionAt,
  positionColumns,
  recordAt,
  type BatchContext,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
  type Position,
  type Rejection,
} from '@gondola/stream';
import { QUARANTINE_COLUMNS, dayOf } from './lake-columns.js';
import type { PublishedCounts } from './published-counts.js';
import { TableWriter, type LakeDeps } from './table-writer.js';

type Quarantined = Extract<Rejection, { kind: 'quarantine' }>;

/**
 * Rejected records with their bytes and reason. Commits last and always, even without rows: its position says that
 * everything before it is in all tables.
 */
export function createQuarantineSink(
  deps: LakeDeps,
  /**
   * `counts`: where validated events are published, how many of them belong to the position that is committed.
   * `replaysOf`: how often a record has been judged again, which without it none has.
   */
  options: {
    stream: string;
    counts?: PublishedCounts;
    replaysOf?: (partition: string, position: Position) => number;
  },
): CommitSink<readonly Rejection[]> {
  const { stream, counts, replaysOf = () => 0 } = options;
  const columns = QUARANTINE_COLUMNS;
  const writer = new TableWriter(deps, { path: 'quarantine', columns, dateColumn: 'ingest_date', stream });
  return {
    name: 'quarantine',
    assigned: async (partitions) => {
      const positions = await writer.assigned(partitions);
      counts?.restore(partitions, (name) => writer.extra(name));
      return positions;
    },
    write: (rejected, context) => {
      const wanted = writer.position(context.records.partition) ?? 0n;
      const rows = rejected
        .filter((one): one is Quarantined => one.kind === 'quarantine')
        .filter((one) => positionAt(context.records, one.index) >= wanted);
      const bytes = rows.reduce((sum, one) => sum + Math.max(0, context.records.valueLength[one.index]), 0);
      writer.add(quarantineRows(rows, context, replaysOf), bytes);
    },
    buffered: () => writer.buffered(),
    commit: async (upTo) => {
      await writer.commit(upTo, counts?.extras());
      counts?.keep();
    },
    published: () => writer.published(),
    discard: () => {
      writer.discard();
      counts?.discard();
    },
  };
}

function quarantineRows(
  rejected: readonly Quarantined[],
  { records, nowMs }: BatchContext,
  replaysOf: (partition: string, position: Position) => number,
): ColumnTable {
  const rows = rejected.length;
  const views = rejected.map((one) => recordAt(records, one.index));
  const { position, sequence } = positionColumns(packPositions(views.map((view) => view.position)));
  const values: Record<string, ColumnValues> = {
    source_stream: rejected.map(() => records.stream),
    source_partition: rejected.map(() => records.partition),
    source_position: position,
    source_sequence: sequence,
    key: views.map((view) => view.key),
    value: views.map((view) => view.value),
    headers: views.map((view) => view.headers),
    broker_time: Float64Array.from(views, (view) => view.timestampMs * 1000),
    ingest_time: new Float64Array(rows).fill(nowMs * 1000),
    stage: rejected.map((one) => one.stage),
    reason: rejected.map((one) => one.reason),
    pointer: rejected.map((one) => one.pointer),
    message: rejected.map((one) => one.message),
    subject: rejected.map((one) => one.subject),
    schema_version: rejected.map((one) => one.schemaVersion),
    replay_count: Int32Array.from(views, (view) => replaysOf(records.partition, view.position)),
    ingest_date: new Int32Array(rows).fill(dayOf(nowMs)),
  };
  return { rows, columns: QUARANTINE_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })) };
}
