import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  type ColumnTable,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';
import type { TableStream } from './encoder.js';

/**
 * A row group is what readers take as one piece of work and what writers must hold; Spark and parquet-java aim at 128 MB.
 * Rows are bounded because every column has some 20 bytes a row of work space while it is encoded.
 */
const GROUP_BYTES_MAX = 128 * 1024 * 1024;
const GROUP_ROWS_MAX = 1_048_576;
/** What plain arrays are assumed to hold: looking at every value would cost more than an uneven row group. */
const PLAIN_VALUE_BYTES = 64;
const SAMPLE_VALUES = 1024;

/** The columns of a row group: for each column its parts, one after the other. */
export interface RowGroupInput {
  readonly rows: number;
  readonly columns: readonly (readonly ColumnValues[])[];
}

/** Cuts tables of the same columns into row groups, as views; a small table is never cut for its own sake. */
export async function* rowGroupsOf(tables: TableStream): AsyncGenerator<RowGroupInput> {
  let parts: ColumnValues[][] = [];
  let rows = 0;
  let bytes = 0;
  const group = (): RowGroupInput => ({
    rows,
    columns: (parts[0] ?? []).map((_, column) => parts.map((part) => part[column])),
  });
  for await (const table of tables) {
    const rowBytes = tableBytes(table) / table.rows;
    for (let from = 0; from < table.rows;) {
      const room = Math.floor(Math.min(GROUP_ROWS_MAX - rows, (GROUP_BYTES_MAX - bytes) / rowBytes));
      if (room < 1 && rows > 0) {
        yield group();
        [parts, rows, bytes] = [[], 0, 0];
        continue;
      }
      const to = Math.min(table.rows, from + Math.max(room, 1));
      parts.push(table.columns.map(({ values }) => sliceValues(values, from, to)));
      rows += to - from;
      bytes += (to - from) * rowBytes;
      from = to;
    }
  }
  if (rows > 0) yield group();
}

/** About as many bytes as the values would take without any encoding. */
export function tableBytes(table: ColumnTable): number {
  return table.columns.reduce((sum, { values }) => sum + valueBytes(values), 0);
}

function valueBytes(values: ColumnValues): number {
  if (values instanceof NullableNumbers) return values.numbers.byteLength;
  if (values instanceof ByteValues) return sizeSum(values.size) + 4 * values.length;
  if (values instanceof DictionaryValues) return values.index.byteLength + sizeSum(values.entries.size);
  return ArrayBuffer.isView(values) ? values.byteLength : values.length * PLAIN_VALUE_BYTES;
}

/** Estimated from values here and there. */
function sizeSum(sizes: Int32Array): number {
  const step = Math.ceil(sizes.length / SAMPLE_VALUES);
  let sum = 0;
  for (let row = 0; row < sizes.length; row += step) sum += Math.max(sizes[row], 0);
  return sum * step;
}

function sliceValues(values: ColumnValues, from: number, to: number): ColumnValues {
  if (from === 0 && to === values.length) return values;
  if (values instanceof NullableNumbers)
    return new NullableNumbers(values.numbers.subarray(from, to), values.isNull.subarray(from, to));
  if (values instanceof ByteValues)
    return new ByteValues(values.bytes, values.start.subarray(from, to), values.size.subarray(from, to));
  if (values instanceof DictionaryValues)
    return new DictionaryValues(values.index.subarray(from, to), values.entries);
  if (Array.isArray(values)) return (values as readonly ColumnValue[]).slice(from, to);
  return (values as Float64Array).subarray(from, to);
}
