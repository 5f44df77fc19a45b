import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import {
  columnOf,
  columnSpec,
  POSITION_END,
  selectRows,
  selectValues,
  textsOf,
  type ColumnSpec,
  type ColumnTable,
  type RecordBatch,
} from '@gondola/stream';
import { batchesOf, VALUE_COLUMNS, type BronzeBatch } from './bronze-records.js';
import { positionsOf } from './bronze-index.js';
import { runsOf } from './bronze-runs.js';
import { readTables } from './data-file.js';
import { fileStatsOf } from './file-stats.js';
import { SOURCE_COLUMNS, SOURCE_POSITIONS } from './source-rows.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** Rows of quarantine; null stands for all of them. */
export interface QuarantineChoice {
  readonly stream: string;
  readonly partitions: ReadonlySet<string> | null;
  readonly reasons: ReadonlySet<string> | null;
  /** Asked of rows that fit the rest, whenever they are read: of a file that is too large for one step, several times. */
  readonly isChosen?: (row: QuarantinedPlace) => boolean;
  /** Asked of records that fit the rest. */
  readonly isWanted?: (records: RecordBatch, index: number) => boolean;
}

/** A row of quarantine, without what the record holds. */
export interface QuarantinedPlace {
  readonly partition: string;
  readonly position: bigint;
  readonly reason: string;
  readonly subject: string | null;
  /** When the record was read from the stream. */
  readonly ingestMs: number;
  /** How often it was judged again and refused. */
  readonly replays: number;
}

const PLACE_COLUMNS: readonly ColumnSpec[] = [
  ...SOURCE_COLUMNS,
  columnSpec('broker_time', 'timestamp'),
  columnSpec('ingest_time', 'timestamp'),
  columnSpec('reason', 'string'),
  columnSpec('subject', 'string', true),
  columnSpec('replay_count', 'int32'),
];
const AS_IN_BRONZE: Readonly<Record<string, string>> = {
  source_partition: 'partition',
  source_position: 'position',
  source_sequence: 'sequence',
};

/** Files of quarantine that may hold such rows, as of now. */
export async function quarantineFiles(
  { store, environment }: UpkeepDeps,
  { reasons }: QuarantineChoice,
): Promise<readonly AddFile[]> {
  const snapshot = await readSnapshot(store, `${environment}/quarantine`, readCheckpoint);
  return (snapshot?.files ?? []).filter((file) => {
    const { min, max } = fileStatsOf(file);
    const mayHold = (reason: string) => !(max['reason'] < reason) && !(min['reason'] > reason);
    return reasons === null || [...reasons].some(mayHold);
  });
}

/**
 * The records of one file's chosen rows as ingest had them, without keys, values and headers where these are not asked for;
 * no more than the first ones of about `bytesMax` together.
 */
export async function quarantinedRecords(
  deps: UpkeepDeps,
  file: AddFile,
  choice: QuarantineChoice,
  { withValues, bytesMax }: { readonly withValues: boolean; readonly bytesMax: number },
): Promise<{ readonly batches: readonly BronzeBatch[]; readonly isWhole: boolean }> {
  const columns = withValues ? [...PLACE_COLUMNS, ...VALUE_COLUMNS] : PLACE_COLUMNS;
  const batches: BronzeBatch[] = [];
  let bytes = 0;
  for await (const table of readTables(deps, `${deps.environment}/quarantine`, file, columns)) {
    const chosen = asBronze(chosenRows(table, choice));
    const partitions = new Set(textsOf(columnOf(chosen, 'partition')).map(String));
    const ranges = new Map([...partitions].map((name) => [name, { from: 0n, to: POSITION_END }]));
    for (const [partition, run] of runsOf(chosen, ranges))
      for (const batch of batchesOf(choice.stream, partition, run)) {
        const records = wantedOf(batch.records, choice);
        if (records.count === 0) continue;
        if (bytes >= bytesMax) return { batches, isWhole: false };
        batches.push({ ...batch, records });
        bytes += records.bytes.length;
      }
  }
  return { batches, isWhole: true };
}

function chosenRows(
  table: ColumnTable,
  { stream, partitions, reasons, isChosen: isPlaceChosen }: QuarantineChoice,
): ColumnTable {
  const [streams, sources, found, subjects] = ['source_stream', 'source_partition', 'reason', 'subject'].map(
    (name) => textsOf(columnOf(table, name)),
  );
  const [ingestMicros, replays] = ['ingest_time', 'replay_count'].map(
    (name) => columnOf(table, name).values as Float64Array,
  );
  const positions = isPlaceChosen ? positionsOf(table, SOURCE_POSITIONS) : null;
  const isChosen = (row: number) =>
    streams[row] === stream &&
    (partitions === null || partitions.has(String(sources[row]))) &&
    (reasons === null || reasons.has(String(found[row]))) &&
    (!isPlaceChosen ||
      isPlaceChosen({
        partition: String(sources[row]),
        position: positions?.[row] ?? 0n,
        reason: String(found[row]),
        subject: subjects[row],
        ingestMs: ingestMicros[row] / 1000,
        replays: replays[row],
      }));
  return selectRows(table, Int32Array.from({ length: table.rows }, (_, row) => row).filter(isChosen));
}

const asBronze = ({ rows, columns }: ColumnTable): ColumnTable => ({
  rows,
  columns: columns.map(({ spec, values }) => ({
    spec: { ...spec, name: AS_IN_BRONZE[spec.name] ?? spec.name },
    values,
  })),
});

function wantedOf(records: RecordBatch, { isWanted }: QuarantineChoice): RecordBatch {
  if (!isWanted) return records;
  const rows = Int32Array.from({ length: records.count }, (_, row) => row).filter((row) =>
    isWanted(records, row),
  );
  const { positions } = records;
  const some = <T extends Int32Array | Float64Array>(values: T) => selectValues(values, rows) as T;
  return {
    ...records,
    count: rows.length,
    keyStart: some(records.keyStart),
    keyLength: some(records.keyLength),
    valueStart: some(records.valueStart),
    valueLength: some(records.valueLength),
    timestampMs: some(records.timestampMs),
    positions:
      positions instanceof Float64Array ? some(positions) : Array.from(rows, (row) => positions[row]),
    headersAt: (index) => records.headersAt(rows[index]),
  };
}
