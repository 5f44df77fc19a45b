import type { AddFile } from '@gondola/lake-delta';
import { columnSpec, textsOf, type ColumnTable, type ObjectStore } from '@gondola/stream';
import { positionsOf } from './bronze-index.js';
import { readRows } from './data-file.js';
import { mayHold, type PositionNames } from './file-stats.js';
import { hullOf, isInRange, type PositionRanges } from './position-range.js';

/** Columns by which rows of silver and quarantine name the record that they come from. */
export const SOURCE_COLUMNS = [
  columnSpec('source_stream', 'string'),
  columnSpec('source_partition', 'string'),
  columnSpec('source_position', 'int64', true),
  columnSpec('source_sequence', 'string', true),
];
const SOURCE_POSITIONS: PositionNames = { position: 'source_position', sequence: 'source_sequence' };

/** Whether a file may hold rows that come from these positions. */
export function mayComeFrom(file: AddFile, ranges: PositionRanges): boolean {
  return mayHold(file, SOURCE_POSITIONS, hullOf(ranges));
}

/** Calls `visit` for each row of a table with `SOURCE_COLUMNS` that comes from these positions. */
export function visitSources(
  table: ColumnTable,
  stream: string,
  ranges: PositionRanges,
  visit: (row: number, partition: string, position: bigint) => void,
): void {
  const [streams, partitions] = ['source_stream', 'source_partition'].map((name) => {
    const column = table.columns.find(({ spec }) => spec.name === name);
    return column ? textsOf(column) : [];
  });
  const positions = positionsOf(table, SOURCE_POSITIONS);
  for (let row = 0; row < table.rows; row++) {
    if (streams[row] !== stream) continue;
    const partition = partitions[row] ?? '';
    const range = ranges.get(partition);
    if (range && isInRange(positions[row], range)) visit(row, partition, positions[row]);
  }
}

/** The rows of a file that do not come from these positions; null when all of them do not. */
export async function rowsOutside(
  store: ObjectStore,
  table: string,
  file: AddFile,
  stream: string,
  ranges: PositionRanges,
): Promise<Int32Array | null> {
  const sources = await readRows(store, table, file, SOURCE_COLUMNS);
  const isInside = new Uint8Array(sources.rows);
  let inside = 0;
  visitSources(sources, stream, ranges, (row) => {
    isInside[row] = 1;
    inside++;
  });
  if (inside === 0) return null;
  const outside = new Int32Array(sources.rows - inside);
  let next = 0;
  isInside.forEach((flag, row) => {
    if (flag === 0) outside[next++] = row;
  });
  return outside;
}
