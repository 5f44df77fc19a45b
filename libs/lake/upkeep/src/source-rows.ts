import type { AddFile } from '@gondola/lake-delta';
import { columnSpec, selectRows, textsOf, type ColumnTable } from '@gondola/stream';
import { positionsOf } from './bronze-index.js';
import { readTables, type FileDeps } from './data-file.js';
import { mayHold, type PositionNames } from './file-stats.js';
import { hullOf, isInRange, type PositionRanges } from './position-range.js';
import type { PositionRuns } from './position-runs.js';

/** Columns by which rows of silver and quarantine name the record that they come from. */
export const SOURCE_COLUMNS = [
  columnSpec('source_stream', 'string'),
  columnSpec('source_partition', 'string'),
  columnSpec('source_position', 'int64', true),
  columnSpec('source_sequence', 'string', true),
];
export const SOURCE_POSITIONS: PositionNames = { position: 'source_position', sequence: 'source_sequence' };

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

/** Positions of a stream, and ranges within which all of them lie. */
export interface SourcePositions {
  readonly stream: string;
  readonly ranges: PositionRanges;
  readonly positions: PositionRuns;
}

/** How many rows of a file come from these positions, and how many do not. */
export async function countSources(
  deps: FileDeps,
  table: string,
  file: AddFile,
  { stream, ranges, positions }: SourcePositions,
): Promise<{ readonly inside: number; readonly outside: number }> {
  let [inside, rows] = [0, 0];
  for await (const part of readTables(deps, table, file, SOURCE_COLUMNS)) {
    visitSources(part, stream, ranges, (_, partition, position) => {
      if (positions.has(partition, position)) inside++;
    });
    rows += part.rows;
  }
  return { inside, outside: rows - inside };
}

/** The rows that do not come from these positions. */
export function rowsOutside(table: ColumnTable, { stream, ranges, positions }: SourcePositions): ColumnTable {
  const isInside = new Uint8Array(table.rows);
  visitSources(table, stream, ranges, (row, partition, position) => {
    if (positions.has(partition, position)) isInside[row] = 1;
  });
  return selectRows(
    table,
    Int32Array.from(isInside.keys()).filter((row) => isInside[row] === 0),
  );
}
